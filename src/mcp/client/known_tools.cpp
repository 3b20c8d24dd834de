#include "mcp/client/known_tools.hpp"

namespace convoke::mcp {

void KnownTools::learn(const std::vector<Tool>& tools) {
  tools_.clear();
  for (const Tool& tool : tools) {
    if (tool.task_support == TaskSupport::forbidden && !tool.output_schema) continue;
    Known known{tool.task_support, std::nullopt};
    if (tool.output_schema) known.output.emplace(*tool.output_schema);
    tools_.insert_or_assign(tool.name, std::move(known));
  }
}

TaskSupport KnownTools::task_support(const std::string& tool) const {
  const auto known = tools_.find(tool);
  return known == tools_.end() ? TaskSupport::forbidden : known->second.task_support;
}

Result<void> KnownTools::check(const std::string& tool, const CallToolResult& result, const Log& log) const {
  const auto known = tools_.find(tool);
  if (known == tools_.end() || !known->second.output || result.is_error) return {};
  if (!result.structured_content) return fail(Errc::invalid_input, "there is no structured content");
  return known->second.output->check(*result.structured_content, tool, log);
}

}  // namespace convoke::mcp
