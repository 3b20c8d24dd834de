#include "mcp/auth/loopback_browser.hpp"

#include "base/signal.hpp"
#include "net/http_server.hpp"

namespace convoke::mcp {

namespace {

constexpr auto time_to_show_the_page = 500ms;

}  // namespace

/// Where the person arrives. The first who comes to the right path ends the visit; everybody else finds nothing.
struct LoopbackBrowser::Reception {
  Reception(Executor executor, Log log) : arrived(executor), http(executor, {}, handlers(), std::move(log)) {}

  net::ServerHandlers handlers() {
    net::ServerHandlers handlers;
    handlers.on_request = [this](net::ServerRequest request) -> Task<net::ServerResponse> {
      if (request.method != "GET" || request.path != "/callback" || came_back) {
        co_return net::text_response(404, "there is nothing here\n");
      }
      came_back = "http://127.0.0.1/callback?" + request.query;
      arrived.notify();
      co_return net::text_response(200, "Thank you. You can close this page and go back to Convoke.\n");
    };
    return handlers;
  }

  std::optional<std::string> came_back;
  Signal arrived;
  net::HttpServer http;
};

LoopbackBrowser::LoopbackBrowser(Executor executor, Open open, Log log, std::chrono::milliseconds patience)
    : executor_(executor), open_(std::move(open)), log_(std::move(log)), patience_(patience) {}

LoopbackBrowser::~LoopbackBrowser() = default;

Task<Result<std::string>> LoopbackBrowser::redirect_uri() {
  reception_ = std::make_unique<Reception>(executor_, log_);
  CO_TRY(const auto port, reception_->http.listen("127.0.0.1", 0));
  co_return "http://127.0.0.1:" + std::to_string(port) + "/callback";
}

Task<Result<std::string>> LoopbackBrowser::visit(std::string authorization_url) {
  using namespace asio::experimental::awaitable_operators;
  if (!reception_) co_return fail(Errc::internal, "nobody would be there to take the person back");
  Reception& reception = *reception_;
  const auto wait = [&]() -> Task<> {
    const Deadline patience = SteadyClock::now() + patience_;
    while (!reception.came_back) {
      const bool in_time = co_await reception.arrived.wait_until(patience);
      if (!in_time) co_return;
    }
    co_await sleep_for(time_to_show_the_page);
  };
  open_(authorization_url);
  co_await (wait() || reception.http.run());
  auto came_back = std::move(reception.came_back);
  reception_.reset();
  if (!came_back) co_return fail(Errc::timed_out, "nobody came back from the authorization page");
  co_return *std::move(came_back);
}

}  // namespace convoke::mcp
