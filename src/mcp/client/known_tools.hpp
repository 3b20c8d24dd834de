#pragma once
#include <map>
#include <string>
#include <vector>

#include "mcp/schema/lazy_schema.hpp"
#include "mcp/types/tool.hpp"

namespace convoke::mcp {

/// What a client remembers of the tools it has listed, for calling them. Internal to client/.
class KnownTools {
 public:
  /// Forgets those it knew before.
  void learn(const std::vector<Tool>& tools);
  void forget_all() { tools_.clear(); }

  /// `forbidden` for a tool not listed.
  TaskSupport task_support(const std::string& tool) const;
  /// `invalid_input` when a result is not what the tool's output schema promises: says where it differs.
  Result<void> check(const std::string& tool, const CallToolResult& result, const Log& log) const;

 private:
  struct Known {
    TaskSupport task_support;
    std::optional<schema::LazySchema> output;
  };
  std::map<std::string, Known> tools_{};
};

}  // namespace convoke::mcp
