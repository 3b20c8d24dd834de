#include "mcp/codec/request_headers.hpp"

#include "mcp/codec/tool_headers.hpp"
#include "mcp/protocol.hpp"

namespace convoke::mcp {

std::string_view named_parameter(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  if (method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel") return "taskId";
  return {};
}

jsonrpc::Headers request_headers(const jsonrpc::Request& request, jsonrpc::Headers session_headers) {
  const json::object* meta = find_object(request.params, "_meta");
  const auto version = meta ? find_string(*meta, meta_key::protocol_version) : std::nullopt;
  if (!version) return session_headers;

  jsonrpc::Headers headers{{"MCP-Protocol-Version", std::string(*version)}, {"Mcp-Method", request.method}};
  const auto parameter = named_parameter(request.method);
  const auto name = parameter.empty() ? std::nullopt : find_string(request.params, parameter);
  if (name) headers.emplace_back("Mcp-Name", header_value(*name));
  return headers;
}

}  // namespace convoke::mcp
