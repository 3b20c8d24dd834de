#include "llm/demo_arithmetic.hpp"

#include <algorithm>
#include <array>

#include "base/plain_numbers.hpp"

namespace convoke {
namespace {

struct Operation {
  std::string_view tool;
  std::string_view between;                   ///< "7 times 6"
  std::array<std::string_view, 6> spellings;  ///< lower case; "" where there are fewer
};

constexpr std::array<Operation, 5> operations{{
    {"power", "to the power of", {"to the power", "power", "raised", "**", "^", "exponent"}},
    {"divide", "divided by", {"divide", "over", "/", "÷", "quotient", ""}},
    {"multiply", "times", {"multipl", "times", "*", "×", "product", " x "}},
    {"subtract", "minus", {"subtract", "minus", " - ", "difference", "take away", ""}},
    {"sum", "plus", {"add", "plus", "sum", "+", "total", ""}},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The numbers of `text` in order, as JSON writes them.
std::vector<std::string> numbers_in(std::string_view text) {
  std::vector<std::string> numbers;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_digit(text[at])) continue;
    const bool negative = at > 0 && text[at - 1] == '-' && (at == 1 || text[at - 2] == ' ' || text[at - 2] == '(');
    std::size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    const bool fraction = end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]);
    if (fraction) {
      ++end;
      while (end < text.size() && is_digit(text[end])) ++end;
    }
    std::size_t begin = at;  // JSON has no leading zeros
    while (begin + 1 < end && text[begin] == '0' && is_digit(text[begin + 1])) ++begin;
    numbers.push_back((negative ? "-" : "") + std::string(text.substr(begin, end - begin)));
    at = end;
  }
  return numbers;
}

const Operation* operation_in(std::string_view question) {
  for (const Operation& operation : operations) {
    for (const std::string_view spelling : operation.spellings) {
      if (!spelling.empty() && question.contains(spelling)) return &operation;
    }
  }
  return nullptr;
}

std::string_view bare_name(std::string_view name) {
  const auto separator = name.find_last_of("_.-/:");
  return separator == std::string_view::npos ? name : name.substr(separator + 1);
}

/// The names of a tool's two numbers: the required ones first, in the schema's order; "a" and "b" where it has none.
std::array<std::string, 2> parameter_names(const ToolDefinition& tool) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) {
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  };
  const json::value schema(tool.parameters);
  if (const json::array* required = find_array(schema, "required")) {
    for (const json::value& name : *required) {
      if (name.is_string()) add(name.get_string());
    }
  }
  if (const json::object* properties = find_object(schema, "properties")) {
    for (const auto& member : *properties) add(member.key());
  }
  for (const std::string_view fallback : {"a", "b"}) {
    if (names.size() < 2) add(fallback);
  }
  return {names.at(0), names.at(1)};
}

}  // namespace

std::optional<Calculation> find_calculation(std::string_view question) {
  std::string lower(question);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  const Operation* operation = operation_in(lower);
  std::vector<std::string> numbers = numbers_in(lower);
  if (!operation || numbers.size() < 2) return std::nullopt;
  const bool backwards = operation->tool == "subtract" && lower.contains("subtract") && lower.contains(" from ");
  if (backwards) std::swap(numbers[0], numbers[1]);
  return Calculation{std::string(operation->tool), numbers[0], numbers[1]};
}

const ToolDefinition* find_offered(const std::vector<ToolDefinition>& tools, std::string_view name) {
  const auto exact = std::ranges::find(tools, name, &ToolDefinition::name);
  if (exact != tools.end()) return &*exact;
  const auto prefixed = std::ranges::find_if(tools, [&](const auto& tool) { return bare_name(tool.name) == name; });
  return prefixed == tools.end() ? nullptr : &*prefixed;
}

ToolCall call_for(const Calculation& calculation, const ToolDefinition& tool, std::string id) {
  const auto names = parameter_names(tool);
  const auto quoted = [](const std::string& name) { return json::serialize(json::string(name)); };
  return {std::move(id), tool.name,
          "{" + quoted(names[0]) + ":" + calculation.first + "," + quoted(names[1]) + ":" + calculation.second + "}"};
}

std::string in_words(const ToolCall& call) {
  const auto operation = std::ranges::find(operations, bare_name(call.name), &Operation::tool);
  const auto arguments = parse_json(call.arguments);
  if (operation == operations.end() || !arguments || !arguments->is_object()) return {};
  std::string words;
  for (const auto& member : arguments->get_object()) {
    if (!words.empty()) words += " " + std::string(operation->between) + " ";
    words += plain_numbers(json::serialize(member.value()));
  }
  return words;
}

}  // namespace convoke
