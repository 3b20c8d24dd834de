#include "chat/input_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/utf8.hpp"

namespace convoke {
namespace {

using Problem = std::optional<std::string>;

/// The values a choice offers: `enum`, or the constants of `oneOf` or `anyOf`. Empty when it is no choice.
std::vector<json::value> choices_of(const json::object& schema) {
  std::vector<json::value> values;
  if (const json::array* listed = find_array(schema, "enum")) values.assign(listed->begin(), listed->end());
  for (const std::string_view titled : {"oneOf", "anyOf"}) {
    const json::array* options = find_array(schema, titled);
    if (!options) continue;
    for (const json::value& option : *options) {
      if (const json::value* constant = find(option, "const")) values.push_back(*constant);
    }
  }
  return values;
}

std::optional<double> bound(const json::object& schema, std::string_view name) {
  const json::value* value = find(schema, name);
  if (!value || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

bool has_format(std::string_view text, std::string_view format) {
  const auto at = text.find('@');
  if (format == "email") return at != std::string_view::npos && at > 0 && at + 1 < text.size() && !text.contains(' ');
  if (format == "uri") return text.find(':') != std::string_view::npos && text.find(':') > 0 && !text.contains(' ');
  const auto is_date = [](std::string_view t) {
    return t.size() == 10 && t[4] == '-' && t[7] == '-' &&
           std::ranges::count_if(t, [](char c) { return c >= '0' && c <= '9'; }) == 8;
  };
  if (format == "date") return is_date(text);
  if (format == "date-time") return text.size() >= 20 && is_date(text.substr(0, 10)) && text[10] == 'T';
  return true;
}

Problem problem_of_text(const json::object& schema, const json::value& value) {
  if (!value.is_string()) return "expected text";
  const std::string_view text = value.get_string();
  const auto length = static_cast<double>(count_characters(text));
  const auto least = bound(schema, "minLength");
  const auto most = bound(schema, "maxLength");
  if (least && length < *least) return fmt::format("expected at least {} characters", *least);
  if (most && length > *most) return fmt::format("expected at most {} characters", *most);
  const std::string format = string_or_empty(schema, "format");
  if (!has_format(text, format))
    return fmt::format("expected {}", format == "email" ? "an email address" : "a " + format);
  return std::nullopt;
}

Problem problem_of_number(const json::object& schema, const json::value& value, bool whole) {
  if (!value.is_number()) return whole ? "expected a whole number" : "expected a number";
  const double number = value.to_number<double>();
  if (whole && std::trunc(number) != number) return "expected a whole number";
  const auto least = bound(schema, "minimum");
  const auto most = bound(schema, "maximum");
  if (least && number < *least) return fmt::format("expected at least {}", *least);
  if (most && number > *most) return fmt::format("expected at most {}", *most);
  return std::nullopt;
}

Problem problem_of_list(const json::object& schema, const json::value& value) {
  if (!value.is_array()) return "expected a list";
  const json::array& chosen = value.get_array();
  const auto count = static_cast<double>(chosen.size());
  const auto least = bound(schema, "minItems");
  const auto most = bound(schema, "maxItems");
  if (least && count < *least) return fmt::format("expected at least {} of them", *least);
  if (most && count > *most) return fmt::format("expected at most {} of them", *most);
  const json::object* items = find_object(schema, "items");
  const std::vector<json::value> offered = items ? choices_of(*items) : std::vector<json::value>{};
  for (const json::value& one : chosen) {
    if (!one.is_string()) return "expected a list of texts";
    if (!offered.empty() && std::ranges::find(offered, one) == offered.end()) {
      return fmt::format("{} is not offered", json::serialize(one));
    }
  }
  return std::nullopt;
}

Problem problem_of_field(const json::object& schema, const json::value& value) {
  const std::string type = string_or_empty(schema, "type");
  if (type == "array") return problem_of_list(schema, value);
  const std::vector<json::value> offered = choices_of(schema);
  if (!offered.empty() && std::ranges::find(offered, value) == offered.end()) return "expected one of those offered";
  if (type == "string") return problem_of_text(schema, value);
  if (type == "number" || type == "integer") return problem_of_number(schema, value, type == "integer");
  if (type == "boolean" && !value.is_bool()) return "expected true or false";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> form_problem(const json::object& requested_schema, const json::object& content) {
  const json::object* properties = find_object(requested_schema, "properties");
  static const json::object none;
  const json::object& fields = properties ? *properties : none;
  if (const json::array* required = find_array(requested_schema, "required")) {
    for (const json::value& name : *required) {
      if (name.is_string() && !content.contains(name.get_string())) {
        return fmt::format("{}: it must be filled in", std::string_view(name.get_string()));
      }
    }
  }
  for (const auto& [name, value] : content) {
    const json::value* field = fields.if_contains(name);
    if (!field || !field->is_object()) return fmt::format("{}: the form has no such field", std::string_view(name));
    if (const auto problem = problem_of_field(field->get_object(), value)) {
      return fmt::format("{}: {}", std::string_view(name), *problem);
    }
  }
  return std::nullopt;
}

}  // namespace convoke
