#include "hub/server_authorization.hpp"
#include "hub/server_transport.hpp"
#include "mcp/transport/http_transport.hpp"
#include "mcp/transport/sse_transport.hpp"

namespace convoke {
namespace {

mcp::HttpServerAddress address_of(const ServerEntry& server, mcp::Authorizer* authorizer) {
  mcp::HttpServerAddress address{.url = server.url, .authorizer = authorizer};
  for (const auto& [name, value] : server.headers) address.headers.emplace_back(name, value.reveal());
  return address;
}

/// A transport with the authorizer it uses.
class AuthorizedTransport final : public mcp::Transport {
 public:
  AuthorizedTransport(std::unique_ptr<mcp::Authorizer> authorizer, std::unique_ptr<mcp::Transport> inner)
      : authorizer_(std::move(authorizer)), inner_(std::move(inner)) {}

  Kind kind() const override { return inner_->kind(); }
  Task<Error> run(mcp::OnMessage on_message, std::function<void()> ready) override {
    return inner_->run(std::move(on_message), std::move(ready));
  }
  Task<Result<mcp::jsonrpc::Response>> exchange(mcp::jsonrpc::Request request, mcp::jsonrpc::Headers headers,
                                                Deadline deadline) override {
    return inner_->exchange(std::move(request), std::move(headers), deadline);
  }
  Task<Result<void>> send(mcp::jsonrpc::Message message) override { return inner_->send(std::move(message)); }
  void agreed(mcp::Revision revision) override { inner_->agreed(revision); }
  Task<> established() override { return inner_->established(); }
  bool try_older_way() override { return inner_->try_older_way(); }

 private:
  std::unique_ptr<mcp::Authorizer> authorizer_;
  std::unique_ptr<mcp::Transport> inner_;
};

}  // namespace

Result<std::unique_ptr<mcp::Transport>> http_server_transport(Executor executor, net::HttpClient& http,
                                                              const ServerEntry& server, mcp::Authorizer* authorizer,
                                                              const Log& log) {
  const Log its_log = log.with({{"server", server.name}});
  switch (server.transport) {
    case ServerTransport::http: return mcp::http_transport(executor, http, address_of(server, authorizer), its_log);
    case ServerTransport::sse: return mcp::sse_transport(executor, http, address_of(server, authorizer), its_log);
    case ServerTransport::stdio: break;
  }
  return fail(Errc::invalid_input, "'" + server.name + "' is a child process, not a server reached over HTTP");
}

TransportFactory real_transports(Executor executor, AuthorizationParts parts, Log log) {
  return
      [executor, processes = stdio_transports(executor, log), parts, log, nobody = std::make_shared<NobodyAtBrowser>()](
          const ServerEntry& server,
          std::function<void(std::string_view)> on_stderr) -> Result<std::unique_ptr<mcp::Transport>> {
        if (server.transport == ServerTransport::stdio) return processes(server, std::move(on_stderr));
        TRY(auto authorizer, make_authorizer(executor, server, parts, *nobody, log));
        TRY(auto transport, http_server_transport(executor, parts.http, server, authorizer.get(), log));
        return std::make_unique<AuthorizedTransport>(std::move(authorizer), std::move(transport));
      };
}

}  // namespace convoke
