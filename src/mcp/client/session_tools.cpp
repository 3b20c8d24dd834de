// What HTTP wants to know about a tool before it is called (2026-07-28): which arguments go into headers too.
#include "mcp/client/paging.hpp"
#include "mcp/client/session.hpp"

namespace convoke::mcp {

bool Session::needs_headers() const { return era() == Era::modern && transport_.kind() == Transport::Kind::http; }

Task<Result<std::vector<Tool>>> Session::list_tools(CallOptions options) {
  Listing<Tool> listing{"tools/list", "tools", tool_from};
  CO_TRY(auto tools, co_await list_all(*this, std::move(listing), std::move(options)));
  if (needs_headers()) keep_usable(tools);
  co_return tools;
}

void Session::keep_usable(std::vector<Tool>& tools) {
  tool_headers_.forget_all();
  std::erase_if(tools, [&](const Tool& tool) {
    auto arguments = mirrored_arguments(tool.input_schema);
    if (arguments) {
      tool_headers_.learn(tool.name, *std::move(arguments));
    } else {
      log_.warning("mcp.tool_rejected", {{"tool", tool.name}, {"reason", arguments.error().message}});
    }
    return !arguments;
  });
}

Task<Result<void>> Session::prepare_call(std::string tool, CallOptions options) {
  if (!needs_headers() || tool_headers_.knows(tool)) co_return Result<void>{};
  CO_CHECK(co_await list_tools(std::move(options)));
  co_return Result<void>{};
}

}  // namespace convoke::mcp
