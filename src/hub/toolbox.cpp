#include "hub/toolbox.hpp"

#include <map>

#include "mcp/auth/oauth_forms.hpp"
#include "mcp/schema/schema.hpp"

namespace convoke {

bool is_same_definition(const Tool& a, const Tool& b) {
  return a.server == b.server && a.own_name == b.own_name && a.title == b.title && a.description == b.description &&
         a.input_schema == b.input_schema && a.hints == b.hints;
}

namespace {

/// With the members of every object in order: two that are equal read alike.
json::value sorted(const json::value& value) {
  if (const json::array* elements = value.if_array()) {
    json::array all;
    for (const json::value& element : *elements) all.push_back(sorted(element));
    return all;
  }
  const json::object* members = value.if_object();
  if (!members) return value;
  std::map<std::string, json::value> by_name;
  for (const auto& [name, member] : *members) by_name.emplace(name, sorted(member));
  json::object all;
  for (auto& [name, member] : by_name) all[name] = std::move(member);
  return all;
}

}  // namespace

std::string fingerprint(const Tool& tool) {
  const json::array definition{tool.server,
                               tool.own_name,
                               tool.title,
                               tool.description,
                               sorted(tool.input_schema),
                               tool.hints.read_only,
                               tool.hints.destructive,
                               tool.hints.idempotent,
                               tool.hints.open_world};
  return mcp::s256(json::serialize(definition));
}

Result<void> check_arguments(const Tool& tool, const json::object& arguments) {
  const auto schema = mcp::schema::Schema::compile(tool.input_schema);
  if (!schema) return {};
  return schema->check(arguments);
}

Task<InputAnswer> ToolCaller::ask(InputRequest) { co_return InputAnswer{InputDecision::cancelled}; }

Task<Result<SampledReply>> ToolCaller::sample(SamplingQuestion) {
  co_return fail(Errc::denied, "there is no model for this call");
}

}  // namespace convoke
