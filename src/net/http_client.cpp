#include "net/http_client.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <unordered_map>

#include "net/curl_loop.hpp"
#include "net/http_transfer.hpp"

namespace convoke::net {
namespace {

/// How long the rest of an answer nobody wants may take before its connection is given up.
constexpr auto drain_time = 1s;

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return std::nullopt;
}

struct HttpClient::Multi {
  Multi(Executor on, HttpClientOptions with)
      : executor(on),
        options(std::move(with)),
        curl(on, [this](CURL* easy, CURLcode result) { finished(easy, result); }) {
    curl_multi_setopt(curl.multi(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.max_connections));
  }

  ~Multi() {
    for (const auto& [easy, transfer] : draining) curl.remove(easy);
  }

  void start(HttpTransfer& transfer) {
    resize_pool(+1);
    curl.add(transfer.easy());
  }

  /// The caller is gone, with or without its answer.
  void leave(std::unique_ptr<HttpTransfer> transfer) {
    if (transfer->is_draining()) return drain(std::move(transfer));
    if (!transfer->is_complete()) curl.remove(transfer->easy());
    resize_pool(-1);
  }

  void drain(std::unique_ptr<HttpTransfer> transfer) {
    CURL* const easy = transfer->easy();
    transfer->forget_hooks();
    transfer->timer().expires_after(drain_time);
    transfer->timer().async_wait([this, easy, lifetime = curl.lifetime()](boost::system::error_code error) {
      if (!error && !lifetime.expired()) give_up(easy);
    });
    draining.emplace(easy, std::move(transfer));
  }

  void give_up(CURL* easy) {
    const auto at = draining.find(easy);
    if (at == draining.end() || at->second->timer().expiry() > SteadyClock::now()) return;
    curl.remove(easy);
    draining.erase(at);
    resize_pool(-1);
  }

  void finished(CURL* easy, CURLcode result) {
    if (draining.erase(easy) > 0) return resize_pool(-1);
    HttpTransfer* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    transfer->finish(result);
  }

  /// curl counts the connections in use as part of its pool, so the pool's bound moves with them.
  void resize_pool(int change) {
    in_use += change;
    curl_multi_setopt(curl.multi(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.max_idle_connections + in_use));
  }

  Executor executor;
  HttpClientOptions options;
  int in_use = 0;
  CurlLoop curl;
  std::unordered_map<CURL*, std::unique_ptr<HttpTransfer>> draining;
};

HttpClient::HttpClient(Executor executor, HttpClientOptions options)
    : multi_(std::make_unique<Multi>(executor, std::move(options))) {}

HttpClient::~HttpClient() = default;

Executor HttpClient::executor() const { return multi_->executor; }

Task<Result<HttpResponse>> HttpClient::send(HttpRequest request) { return send(std::move(request), HttpStreaming{}); }

Task<Result<HttpResponse>> HttpClient::send(HttpRequest request, HttpStreaming streaming) {
  struct Running {
    Multi& multi;
    std::unique_ptr<HttpTransfer> transfer;
    ~Running() { multi.leave(std::move(transfer)); }
  };
  CO_TRY(std::unique_ptr<HttpTransfer> transfer,
         HttpTransfer::prepare(multi_->executor, multi_->options, std::move(request), std::move(streaming)));
  multi_->start(*transfer);
  const Running running{*multi_, std::move(transfer)};
  co_await running.transfer->ended();
  co_return running.transfer->take_outcome();
}

}  // namespace convoke::net
