#pragma once
#include <optional>
#include <string>
#include <vector>

#include "mcp/types/content.hpp"

namespace convoke::mcp {

/// What a tool says about its own behaviour. Untrusted: never a ground for a security decision.
struct ToolAnnotations {
  std::string title{};
  std::optional<bool> read_only_hint{};    ///< absent means false
  std::optional<bool> destructive_hint{};  ///< absent means true
  std::optional<bool> idempotent_hint{};   ///< absent means false
  std::optional<bool> open_world_hint{};   ///< absent means true
  bool operator==(const ToolAnnotations&) const = default;
};

/// Whether a call of the tool may, or must, be a task (2025-11-25; the modern era leaves it to the server).
enum class TaskSupport { forbidden, optional, required };

/// A tool as its server lists it. The schemas stay raw JSON: hosts hand them to models unchanged.
struct Tool {
  std::string name;
  std::string title{};
  std::string description{};
  json::object input_schema{{"type", "object"}};
  std::optional<json::object> output_schema{};
  ToolAnnotations annotations{};
  TaskSupport task_support = TaskSupport::forbidden;
  std::vector<Icon> icons{};
  json::object meta{};
  bool operator==(const Tool&) const = default;

  /// What to show to people: `title`, else the annotations' title, else the name.
  const std::string& display_name() const;
};

/// What a tool answered. A tool that failed answers too: `is_error` is set and the content says why, for the model.
struct CallToolResult {
  std::vector<ContentBlock> content{};
  std::optional<json::value> structured_content{};  ///< legacy: always an object
  bool is_error = false;
  json::object meta{};
  bool operator==(const CallToolResult&) const = default;
};

/// A result of one text block.
CallToolResult text_result(std::string words);
/// A failure the model can act on.
CallToolResult error_result(std::string words);

json::object to_json(const Tool& tool);
json::object to_json(const CallToolResult& result);
/// `protocol` when there is no name or the schema is not an object.
Result<Tool> tool_from(const json::value& value);
Result<CallToolResult> call_tool_result_from(const json::object& result);

}  // namespace convoke::mcp
