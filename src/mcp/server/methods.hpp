#pragma once
#include <expected>
#include <string>

#include "mcp/server/server.hpp"

namespace convoke::mcp {

using Answer = std::expected<json::object, jsonrpc::ErrorObject>;

/// The requests both eras know, answered from what is registered; era-neutral. Internal to server/.
class Methods {
 public:
  explicit Methods(const Server& server) : server_(server) {}

  /// Whether `method` can be answered with what is registered now.
  bool knows(const std::string& method) const;

  /// Answers one request. A handler that needs input which is not there leaves it in `context`.
  Task<Answer> answer(RequestContext& context, std::string method, json::object params) const;

  const Tool* tool(const std::string& name) const;

 private:
  Task<Answer> dispatch(RequestContext& context, std::string method, json::object params) const;
  Task<Answer> call_tool(RequestContext& context, json::object params) const;
  Task<Answer> get_prompt(RequestContext& context, json::object params) const;
  Task<Answer> read_resource(RequestContext& context, json::object params) const;
  Task<Answer> complete(json::object params) const;

  const Server& server_;
};

/// A failure in JSON-RPC's terms.
jsonrpc::ErrorObject error_object(const Error& error);

/// The variables of a URI that fits a template of simple expressions (`{name}`, RFC 6570 level 1, which may also match
/// several segments as `{+name}`); nothing if it does not fit.
std::optional<UriVariables> match_uri(std::string_view uri_template, std::string_view uri);

}  // namespace convoke::mcp
