// The keywords that judge a value by itself.
#include <fmt/format.h>

#include <array>

#include "mcp/schema/compiler.hpp"

namespace convoke::mcp::schema {

namespace {

std::unexpected<Error> must_be(std::string_view keyword, std::string_view what) {
  return fail(Errc::invalid_input, fmt::format("'{}' must be {}", keyword, what));
}

constexpr std::array<std::pair<std::string_view, unsigned>, 7> kind_names{{{"null", is_null},
                                                                           {"boolean", is_boolean},
                                                                           {"object", is_object},
                                                                           {"array", is_array},
                                                                           {"number", is_number},
                                                                           {"string", is_string},
                                                                           {"integer", is_integer}}};

Result<unsigned> kind_named(const json::value& name) {
  const json::string* text = name.if_string();
  for (const auto& [known, kind] : kind_names) {
    if (text && *text == known) return kind;
  }
  return must_be("type", "the name of a type, or several");
}

Result<void> read_type(const json::value& value, std::vector<Rule>& rules) {
  Types types;
  if (const json::array* names = value.if_array()) {
    for (const json::value& name : *names) {
      TRY(const unsigned kind, kind_named(name));
      types.kinds |= kind;
    }
  } else {
    TRY(types.kinds, kind_named(value));
  }
  rules.push_back(types);
  return {};
}

Result<std::vector<std::string>> names_in(const json::value& value, std::string_view keyword) {
  std::vector<std::string> names;
  const json::array* array = value.if_array();
  if (!array) return must_be(keyword, "an array of names");
  for (const json::value& name : *array) {
    if (!name.is_string()) return must_be(keyword, "an array of names");
    names.emplace_back(name.as_string());
  }
  return names;
}

Result<void> read_bounds(const json::object& schema, std::vector<Rule>& rules) {
  using enum NumberBound::Is;
  constexpr std::array<std::pair<std::string_view, NumberBound::Is>, 4> keywords{
      {{"minimum", minimum},
       {"exclusiveMinimum", exclusive_minimum},
       {"maximum", maximum},
       {"exclusiveMaximum", exclusive_maximum}}};
  for (const auto& [keyword, is] : keywords) {
    const json::value* limit = schema.if_contains(keyword);
    if (!limit) continue;
    if (!limit->is_number()) return must_be(keyword, "a number");
    rules.push_back(NumberBound{is, *limit});
  }
  const json::value* divisor = schema.if_contains("multipleOf");
  if (!divisor) return {};
  if (!divisor->is_number() || divisor->to_number<double>() <= 0) return must_be("multipleOf", "a number above 0");
  rules.push_back(MultipleOf{*divisor});
  return {};
}

Result<void> read_sizes(const json::object& schema, std::vector<Rule>& rules) {
  using enum SizeBound::Of;
  struct Keyword {
    std::string_view name;
    SizeBound::Of of;
    bool is_maximum;
  };
  constexpr std::array<Keyword, 6> keywords{{{"minLength", characters, false},
                                             {"maxLength", characters, true},
                                             {"minItems", elements, false},
                                             {"maxItems", elements, true},
                                             {"minProperties", members, false},
                                             {"maxProperties", members, true}}};
  for (const auto& [name, of, is_maximum] : keywords) {
    if (!schema.contains(name)) continue;
    const auto limit = find_integer(schema, name);
    if (!limit || *limit < 0) return must_be(name, "a whole number, not negative");
    rules.push_back(SizeBound{of, is_maximum, static_cast<std::uint64_t>(*limit)});
  }
  return {};
}

Result<void> read_names(const json::object& schema, std::vector<Rule>& rules) {
  if (const json::value* required = schema.if_contains("required")) {
    TRY(auto names, names_in(*required, "required"));
    rules.push_back(Required{std::move(names)});
  }
  if (const json::value* value = schema.if_contains("dependentRequired")) {
    if (!value->is_object()) return must_be("dependentRequired", "an object of names");
    DependentRequired dependent;
    for (const auto& [name, others] : value->as_object()) {
      TRY(dependent.names[name], names_in(others, "dependentRequired"));
    }
    rules.push_back(std::move(dependent));
  }
  return {};
}

}  // namespace

Result<void> read_assertions(const json::object& schema, std::vector<Rule>& rules) {
  if (const json::value* type = schema.if_contains("type")) CHECK_OK(read_type(*type, rules));
  if (const json::value* only = schema.if_contains("const")) rules.push_back(OneOfValues{{*only}});
  if (const json::value* values = schema.if_contains("enum")) {
    if (!values->is_array()) return must_be("enum", "an array");
    rules.push_back(OneOfValues{{values->as_array().begin(), values->as_array().end()}});
  }
  CHECK_OK(read_bounds(schema, rules));
  CHECK_OK(read_sizes(schema, rules));
  if (const json::value* expression = schema.if_contains("pattern")) {
    if (!expression->is_string()) return must_be("pattern", "a string");
    TRY(auto pattern, Pattern::compile(expression->as_string()));
    rules.push_back(Matches{std::move(pattern)});
  }
  const bool* unique = schema.contains("uniqueItems") ? schema.at("uniqueItems").if_bool() : nullptr;
  if (schema.contains("uniqueItems") && !unique) return must_be("uniqueItems", "a boolean");
  if (unique && *unique) rules.push_back(Unique{});
  return read_names(schema, rules);
}

}  // namespace convoke::mcp::schema
