#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "llm/provider.hpp"

namespace convoke {

/// A calculation found in a question.
struct Calculation {
  std::string tool;   ///< sum, subtract, multiply, divide or power
  std::string first;  ///< as JSON numbers, in the order the tool takes them
  std::string second;
  bool operator==(const Calculation&) const = default;
};

/// "add 2 and 3", "what is 7 times 6?", "subtract 3 from 10", "2 ** 10"; nothing in other questions.
std::optional<Calculation> find_calculation(std::string_view question);

/// The offered tool of this bare name, also where it has a prefix: `demo__sum`, `demo.sum`, `demo_sum`.
const ToolDefinition* find_offered(const std::vector<ToolDefinition>& tools, std::string_view name);

/// The call of `tool` with the two numbers under the names its schema gives them.
ToolCall call_for(const Calculation& calculation, const ToolDefinition& tool, std::string id);

/// "7 times 6", the calculation in words, from a call's tool name and arguments; "" for another tool.
std::string in_words(const ToolCall& call);

}  // namespace convoke
