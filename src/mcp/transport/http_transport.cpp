#include "mcp/transport/http_transport.hpp"

#include "mcp/transport/sse_transport.hpp"
#include "mcp/transport/streamable_http_transport.hpp"

namespace convoke::mcp {

namespace {

/// Streamable HTTP until the client finds that the server does not speak it, HTTP+SSE from then on.
class HttpTransport final : public Transport {
 public:
  HttpTransport(Executor executor, net::HttpClient& client, HttpServerAddress server, Log log)
      : newer_(streamable_http_transport(executor, client, server, log)),
        older_(sse_transport(executor, client, std::move(server), std::move(log))) {}

  bool try_older_way() override { return current_ == newer_.get() ? (current_ = older_.get(), true) : false; }
  void forget_older_way() override { current_ = newer_.get(); }

  Kind kind() const override { return current_->kind(); }
  Task<Error> run(OnMessage on_message, std::function<void()> ready) override {
    return current_->run(std::move(on_message), std::move(ready));
  }
  Task<Result<jsonrpc::Response>> exchange(jsonrpc::Request request, jsonrpc::Headers headers,
                                           Deadline deadline) override {
    return current_->exchange(std::move(request), std::move(headers), deadline);
  }
  Task<Result<void>> send(jsonrpc::Message message) override { return current_->send(std::move(message)); }
  void agreed(Revision revision) override { current_->agreed(revision); }
  Task<> established() override { return current_->established(); }

 private:
  std::unique_ptr<Transport> newer_;
  std::unique_ptr<Transport> older_;
  Transport* current_ = newer_.get();
};

}  // namespace

std::unique_ptr<Transport> http_transport(Executor executor, net::HttpClient& client, HttpServerAddress server,
                                          Log log) {
  return std::make_unique<HttpTransport>(executor, client, std::move(server), std::move(log));
}

}  // namespace convoke::mcp
