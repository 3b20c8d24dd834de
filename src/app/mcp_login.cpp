#include <fmt/format.h>

#include <cstdlib>
#include <iostream>

#include "app/mcp_commands.hpp"
#include "base/run.hpp"
#include "hub/server_authorization.hpp"
#include "mcp/auth/loopback_browser.hpp"
#include "net/child_process.hpp"
#include "net/http_client.hpp"

namespace convoke {
namespace {

Result<ServerEntry> server_named(const Configuration& configuration, const std::string& name) {
  std::string known;
  for (const ServerEntry& server : configuration.servers) {
    if (server.name == name && server.transport == ServerTransport::stdio) {
      return fail(Errc::invalid_input, fmt::format("'{}' is started by us and needs no authorization", name));
    }
    if (server.name == name) return server;
    known += (known.empty() ? "" : ", ") + server.name;
  }
  return fail(Errc::not_found, fmt::format("there is no server '{}'; there are: {}", name, known));
}

bool has_desktop() { return std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY"); }

/// Prints the address, and shows it in a browser where there is a desktop.
class Opener {
 public:
  Opener(Executor executor, bool opens_browser) : executor_(std::move(executor)), opens_(opens_browser) {}

  void open(const std::string& url) {
    std::cout << "Open this address to allow it:\n" << url << std::endl;
    if (!opens_ || !has_desktop()) return;
    net::ChildCommand command{.program = "xdg-open", .arguments = {url}};
    for (const auto* name :
         {"HOME", "PATH", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"}) {
      if (const char* value = std::getenv(name)) command.environment.emplace(name, value);
    }
    if (auto started = net::ChildProcess::start(executor_, std::move(command))) opener_ = *std::move(started);
  }

 private:
  Executor executor_;
  bool opens_;
  std::unique_ptr<net::ChildProcess> opener_;
};

}  // namespace

mcp::FileCredentialStore credential_store(const McpConfig& config, const Log& log) {
  const char* key = std::getenv("CONVOKE_CREDENTIALS_KEY");
  return {config.credentials_file, Secret(key ? key : ""), log};
}

Result<void> log_in(const Configuration& configuration, const std::string& server, bool opens_browser, const Log& log) {
  TRY(ServerEntry entry, server_named(configuration, server));
  asio::io_context loop(1);
  const SystemClock clock;
  net::HttpClient http(loop.get_executor(), {.user_agent = "convoke/" CONVOKE_VERSION});
  auto store = credential_store(configuration.config.mcp, log);
  Opener opener(loop.get_executor(), opens_browser);
  mcp::LoopbackBrowser browser(loop.get_executor(), [&](const std::string& url) { opener.open(url); }, log);
  const AuthorizationParts parts{http, store, clock};
  CHECK_OK(during("authorizing at '" + server + "'", run(loop, authorize_at(std::move(entry), parts, browser, log))));
  std::cout << "'" << server << "' is authorized.\n";
  return {};
}

Result<void> log_out(const Configuration& configuration, const std::string& server, const Log& log) {
  TRY(const ServerEntry entry, server_named(configuration, server));
  const bool was_there = credential_store(configuration.config.mcp, log).forget_server(entry.url);
  std::cout << (was_there ? "The tokens for '" : "There were no tokens for '") << server
            << (was_there ? "' are forgotten.\n" : "'.\n");
  return {};
}

}  // namespace convoke
