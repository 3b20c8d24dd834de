#include "mcp/types/tool.hpp"

#include <fmt/format.h>

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

json::object to_json(const ToolAnnotations& annotations) {
  json::object object;
  fields::put(object, "title", annotations.title);
  fields::put(object, "readOnlyHint", annotations.read_only_hint);
  fields::put(object, "destructiveHint", annotations.destructive_hint);
  fields::put(object, "idempotentHint", annotations.idempotent_hint);
  fields::put(object, "openWorldHint", annotations.open_world_hint);
  return object;
}

ToolAnnotations tool_annotations_from(const json::value& tool) {
  const json::value* value = find(tool, "annotations");
  if (!value) return {};
  return {string_or_empty(*value, "title"), find_bool(*value, "readOnlyHint"), find_bool(*value, "destructiveHint"),
          find_bool(*value, "idempotentHint"), find_bool(*value, "openWorldHint")};
}

std::string_view name_of(TaskSupport support) {
  switch (support) {
    case TaskSupport::forbidden: return "forbidden";
    case TaskSupport::optional: return "optional";
    case TaskSupport::required: return "required";
  }
  std::unreachable();
}

TaskSupport task_support_of(const json::value& tool) {
  const json::object* execution = find_object(tool, "execution");
  const auto name = execution ? string_or_empty(*execution, "taskSupport") : "";
  if (name == "optional") return TaskSupport::optional;
  if (name == "required") return TaskSupport::required;
  return TaskSupport::forbidden;
}

}  // namespace

const std::string& Tool::display_name() const {
  if (!title.empty()) return title;
  return annotations.title.empty() ? name : annotations.title;
}

CallToolResult text_result(std::string words) { return {.content = {text(std::move(words))}}; }

CallToolResult error_result(std::string words) { return {.content = {text(std::move(words))}, .is_error = true}; }

json::object to_json(const Tool& tool) {
  json::object object{{"name", tool.name}};
  fields::put(object, "title", tool.title);
  fields::put(object, "description", tool.description);
  object["inputSchema"] = tool.input_schema;
  if (tool.output_schema) object["outputSchema"] = *tool.output_schema;
  fields::put(object, "annotations", to_json(tool.annotations));
  if (tool.task_support != TaskSupport::forbidden) {
    object["execution"] = json::object{{"taskSupport", name_of(tool.task_support)}};
  }
  if (!tool.icons.empty()) object["icons"] = fields::array_of(tool.icons);
  fields::put(object, "_meta", tool.meta);
  return object;
}

json::object to_json(const CallToolResult& result) {
  json::object object{{"content", to_json(result.content)}};
  if (result.structured_content) object["structuredContent"] = *result.structured_content;
  if (result.is_error) object["isError"] = true;
  fields::put(object, "_meta", result.meta);
  return object;
}

Result<Tool> tool_from(const json::value& value) {
  TRY(std::string name, fields::required_string(value, "name", "a tool"));
  const json::object* input_schema = find_object(value, "inputSchema");
  if (!input_schema) return fail(Errc::protocol, fmt::format("tool '{}': 'inputSchema' must be an object", name));
  Tool tool{.name = std::move(name),
            .title = string_or_empty(value, "title"),
            .description = string_or_empty(value, "description"),
            .input_schema = *input_schema,
            .annotations = tool_annotations_from(value),
            .task_support = task_support_of(value),
            .icons = icons_from(value),
            .meta = fields::object_or_empty(value, "_meta")};
  if (const json::object* output_schema = find_object(value, "outputSchema")) tool.output_schema = *output_schema;
  return tool;
}

Result<CallToolResult> call_tool_result_from(const json::object& result) {
  CallToolResult call;
  const json::value* structured = result.if_contains("structuredContent");
  const json::value* content = result.if_contains("content");
  // The content is required, but servers that answer only in structure exist, and what they mean is clear.
  if (content || !structured) {
    TRY(call.content, content_from(content, "the tool's result"));
  }
  if (structured) call.structured_content = *structured;
  if (const json::value* is_error = result.if_contains("isError"))
    call.is_error = is_error->is_bool() && is_error->as_bool();
  if (const json::value* meta = result.if_contains("_meta"); meta && meta->is_object()) call.meta = meta->as_object();
  return call;
}

}  // namespace convoke::mcp
