#include "chat/token_count.hpp"

#include "tokens/estimate.hpp"

namespace convoke {
namespace {

/// What a provider adds around each message: role and separators.
constexpr std::int64_t tokens_per_message = 4;

}  // namespace

std::int64_t count_tokens(const Message& message) {
  std::int64_t tokens = tokens_per_message;
  for (const Part& part : message.parts) {
    tokens += std::visit(Overloaded{
                             [](const Text& p) { return estimate_tokens(p.text); },
                             [](const Reasoning&) { return std::int64_t{0}; },  // not sent again
                             [](const Image&) { return std::int64_t{1000}; },   // about a megapixel
                             [](const ToolCall& p) { return estimate_tokens(p.name) + estimate_tokens(p.arguments); },
                             [](const ToolResult& p) { return estimate_tokens(p.text); },
                         },
                         part);
  }
  return tokens;
}

Usage estimate_usage(const Prompt& prompt, const Message& answer) {
  Usage usage{.output_tokens = count_tokens(answer), .estimated = true};
  for (const Message& message : prompt.messages) usage.input_tokens += count_tokens(message);
  usage.total_tokens = usage.input_tokens + usage.output_tokens;
  return usage;
}

}  // namespace convoke
