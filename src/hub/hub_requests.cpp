// The requests of those who want a server's answer whole.
#include <fmt/format.h>

#include "hub/hub.hpp"

namespace convoke {
namespace {

std::unexpected<Error> unknown(std::string_view what, const std::string& name) {
  return fail(Errc::not_found, fmt::format("there is no {} '{}'", what, name));
}

}  // namespace

/// Runs `request` on the loop of the connections.
template <class T>
Task<Result<T>> Hub::at_server(std::string server, std::function<Task<Result<T>>(ServerConnection&)> request) {
  std::function<Task<Result<T>>()> body = [this, server, request = std::move(request)]() -> Task<Result<T>> {
    ServerConnection* found = connection(server);
    if (!found) co_return fail(Errc::not_found, fmt::format("the server '{}' was removed", server));
    co_return co_await request(*found);
  };
  co_return co_await run_on<Result<T>>(executor_, std::move(body));
}

Task<Result<mcp::CallToolResult>> Hub::call_tool(std::string name, json::object arguments, mcp::CallOptions options) {
  const auto now = catalogue();
  const auto route = now->routes.find(name);
  if (route == now->routes.end()) co_return unknown("tool", name);
  std::function<Task<Result<mcp::CallToolResult>>(ServerConnection&)> request =
      [to = route->second.name, arguments = std::move(arguments), options](ServerConnection& server) {
        return server.call_tool(to, arguments, options);
      };
  co_return co_await at_server(route->second.server, std::move(request));
}

Task<Result<mcp::GetPromptResult>> Hub::get_prompt(std::string name, mcp::PromptArguments arguments,
                                                   mcp::CallOptions options) {
  const auto now = catalogue();
  const auto route = now->prompt_routes.find(name);
  if (route == now->prompt_routes.end()) co_return unknown("prompt", name);
  std::function<Task<Result<mcp::GetPromptResult>>(ServerConnection&)> request =
      [to = route->second.name, arguments = std::move(arguments), options](ServerConnection& server) {
        return server.get_prompt(to, arguments, options);
      };
  co_return co_await at_server(route->second.server, std::move(request));
}

Task<Result<mcp::ReadResourceResult>> Hub::read_resource(std::string uri, mcp::CallOptions options) {
  const auto now = catalogue();
  const auto route = resource_route(*now, uri);
  if (!route) co_return unknown("resource", uri);
  std::function<Task<Result<mcp::ReadResourceResult>>(ServerConnection&)> request =
      [to = route->name, options](ServerConnection& server) { return server.read_resource(to, options); };
  co_return co_await at_server(route->server, std::move(request));
}

Task<> Hub::watch_resource(std::string uri, bool wanted) {
  const auto route = resource_route(*catalogue(), uri);
  if (!route) co_return;
  std::function<Task<bool>()> watch = [this, to = *route, wanted]() -> Task<bool> {
    if (ServerConnection* server = connection(to.server)) co_await server->watch_resource(to.name, wanted);
    co_return true;
  };
  co_await run_on<bool>(executor_, std::move(watch));
}

Task<Result<mcp::Completion>> Hub::complete(mcp::CompletionRequest wanted, mcp::CallOptions options) {
  const auto now = catalogue();
  const bool of_prompt = wanted.of == mcp::CompletionRequest::Of::prompt;
  const auto& routes = of_prompt ? now->prompt_routes : now->template_routes;
  const auto route = routes.find(wanted.name);
  if (route == routes.end()) co_return unknown(of_prompt ? "prompt" : "resource template", wanted.name);
  wanted.name = route->second.name;
  std::function<Task<Result<mcp::Completion>>(ServerConnection&)> request =
      [wanted = std::move(wanted), options](ServerConnection& server) { return server.complete(wanted, options); };
  co_return co_await at_server(route->second.server, std::move(request));
}

}  // namespace convoke
