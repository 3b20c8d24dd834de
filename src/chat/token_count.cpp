#include "chat/token_count.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/shown_message.hpp"

namespace convoke {

namespace {

constexpr std::int64_t encrypted_bytes_per_token = 6;  // Base64 of about four letters

}  // namespace

std::int64_t MessageCounter::count(const Image& image) const {
  return picture_tokens(pictures_, picture_size(image.data));
}

std::int64_t MessageCounter::count_thoughts_sent(const Message& message) const {
  std::int64_t tokens = 0;
  for (const Part& part : message.parts) {
    const Reasoning* thoughts = std::get_if<Reasoning>(&part);
    if (!thoughts || thoughts->replay.empty()) continue;
    tokens += std::max(count(thoughts->text), std::ssize(thoughts->replay) / encrypted_bytes_per_token);
  }
  return tokens;
}

std::int64_t MessageCounter::count_written(const Message& answer) const {
  std::int64_t tokens = count(answer);
  for (const Part& part : answer.parts) {
    if (const Reasoning* thoughts = std::get_if<Reasoning>(&part)) tokens += count(thoughts->text);
  }
  return tokens;
}

std::int64_t MessageCounter::count(const Message& message) const {
  std::int64_t tokens = overhead_.per_message;
  for (const Part& part : message.parts) {
    tokens += std::visit(Overloaded{
                             [&](const Text& p) { return count(p.text); },
                             [](const Reasoning&) { return std::int64_t{0}; },
                             [&](const Image& p) { return count(p); },
                             [&](const ToolCall& p) { return overhead_.per_call + count(p.name) + count(p.arguments); },
                             [&](const ToolResult& p) {
                               std::int64_t all = count(p.text);
                               for (const Image& image : p.images) all += count(image);
                               return all;
                             },
                         },
                         part);
  }
  return tokens;
}

/// The properties of an object and of what is inside them, as providers write them out for the model: a line each.
std::int64_t MessageCounter::count_schema(const json::object& schema) const {
  std::int64_t tokens = 0;
  if (const json::object* properties = find_object(schema, "properties"); properties && !properties->empty()) {
    tokens += overhead_.properties;
    for (const auto& [name, value] : *properties) {
      const std::string type = string_or_empty(value, "type");
      tokens += overhead_.per_property +
                count(fmt::format("{}:{}:{}", std::string_view(name), type, string_or_empty(value, "description")));
      if (const json::object* inner = value.if_object()) tokens += count_schema(*inner);
    }
  }
  if (const json::array* choices = find_array(schema, "enum")) {
    tokens += overhead_.choices;
    for (const json::value& choice : *choices) {
      const json::string* text = choice.if_string();
      tokens += overhead_.per_choice + count(text ? std::string_view(*text) : json::serialize(choice));
    }
  }
  if (const json::object* items = find_object(schema, "items")) tokens += count_schema(*items);
  for (const char* alternatives : {"anyOf", "oneOf", "allOf"}) {
    const json::array* options = find_array(schema, alternatives);
    if (!options) continue;
    for (const json::value& option : *options) {
      if (const json::object* inner = option.if_object()) tokens += count_schema(*inner);
    }
  }
  return tokens;
}

std::int64_t MessageCounter::count(const std::vector<ToolDefinition>& tools) const {
  std::int64_t tokens = tools.empty() ? 0 : overhead_.tools;
  for (const ToolDefinition& tool : tools) {
    tokens += overhead_.per_tool + count(tool.name + ":" + tool.description) + count_schema(tool.parameters);
  }
  return tokens;
}

std::int64_t MessageCounter::count(const Prompt& prompt) const {
  std::int64_t tokens = overhead_.reply + count(prompt.tools);
  for (const Message& message : prompt.messages) tokens += count(message);
  return tokens;
}

Usage MessageCounter::usage(const Prompt& prompt, const Message& answer) const {
  Usage usage{.input_tokens = count(prompt), .output_tokens = count_written(answer), .estimated = true};
  usage.total_tokens = usage.input_tokens + usage.output_tokens;
  return usage;
}

bool MessageCounter::takes_long(const Message& message) const {
  return std::ranges::any_of(message.parts, [&](const Part& part) {
    const auto is_long = [&](std::string_view text) { return counts_.takes_long(tokenizer_, text); };
    return std::visit(Overloaded{
                          [&](const Text& p) { return is_long(p.text); },
                          [&](const ToolCall& p) { return is_long(p.arguments); },
                          [&](const ToolResult& p) { return is_long(p.text); },
                          [](const auto&) { return false; },
                      },
                      part);
  });
}

Task<std::int64_t> count_tokens(const MessageCounter& counter, Executor workers, const Message& message) {
  if (!counter.takes_long(message)) co_return counter.count(message);
  co_return co_await offload<std::int64_t>(std::move(workers), [&] { return counter.count(message); });
}

Task<std::int64_t> count_tokens(const MessageCounter& counter, Executor workers, const Event& event,
                                std::size_t page_bytes) {
  if (event.message.parts.empty()) co_return 0;
  if (event.type != EventType::tool_result) co_return co_await count_tokens(counter, workers, event.message);
  const Message shown = shown_message(event, page_bytes);
  co_return co_await count_tokens(counter, std::move(workers), shown);
}

Task<> count_tokens(const MessageCounter& counter, Executor workers, std::vector<Event>& events,
                    std::size_t page_bytes) {
  for (Event& event : events) event.token_count = co_await count_tokens(counter, workers, event, page_bytes);
}

}  // namespace convoke
