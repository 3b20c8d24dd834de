#include "hub/toolbox.hpp"

#include "mcp/auth/oauth_forms.hpp"
#include "mcp/schema/schema.hpp"

namespace convoke {

bool is_same_definition(const Tool& a, const Tool& b) {
  return a.server == b.server && a.own_name == b.own_name && a.title == b.title && a.description == b.description &&
         a.input_schema == b.input_schema && a.hints == b.hints;
}

std::string fingerprint(const Tool& tool) {
  const json::array definition{tool.server,
                               tool.own_name,
                               tool.title,
                               tool.description,
                               tool.input_schema,
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
