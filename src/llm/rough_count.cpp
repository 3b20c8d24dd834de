#include "llm/rough_count.hpp"

#include "base/json.hpp"
#include "tokens/estimate.hpp"
#include "tokens/picture_tokens.hpp"

namespace convoke {
namespace {

constexpr std::int64_t tokens_per_message = 4;
constexpr std::int64_t tokens_per_property = 20;  // of a tool: its name, type and description

}  // namespace

std::int64_t rough_count(const Message& message) {
  std::int64_t tokens = tokens_per_message;
  for (const Part& part : message.parts) {
    tokens += std::visit(Overloaded{
                             [](const Text& p) { return estimate_tokens(p.text); },
                             [](const Reasoning& p) { return estimate_tokens(p.text); },
                             [](const Image& p) { return picture_tokens({}, picture_size(p.data)); },
                             [](const ToolCall& p) { return estimate_tokens(p.name) + estimate_tokens(p.arguments); },
                             [](const ToolResult& p) {
                               std::int64_t all = estimate_tokens(p.text);
                               for (const Image& image : p.images) all += picture_tokens({}, picture_size(image.data));
                               return all;
                             },
                         },
                         part);
  }
  return tokens;
}

std::int64_t rough_count(const Prompt& prompt) {
  std::int64_t tokens = 0;
  for (const Message& message : prompt.messages) tokens += rough_count(message);
  for (const ToolDefinition& tool : prompt.tools) {
    const json::object* properties = find_object(tool.parameters, "properties");
    tokens += estimate_tokens(tool.name) + estimate_tokens(tool.description) + tokens_per_message +
              tokens_per_property * static_cast<std::int64_t>(properties ? properties->size() : 0);
  }
  return tokens;
}

}  // namespace convoke
