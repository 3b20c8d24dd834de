#include "base/json.hpp"

#include <fmt/format.h>

namespace convoke {

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (error) return fail(Errc::invalid_input, fmt::format("not JSON at byte {}: {}", used, error.message()));
  if (text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
    return fail(Errc::invalid_input, fmt::format("not JSON at byte {}: something follows the document", used));
  }
  parser.finish(error);
  if (error) return fail(Errc::invalid_input, "not JSON: it ends too early");
  return parser.release();
}

namespace {

const json::object* object_in(const json::value* member) { return member ? member->if_object() : nullptr; }

const json::array* array_in(const json::value* member) { return member ? member->if_array() : nullptr; }

std::optional<std::string_view> string_in(const json::value* member) {
  const json::string* text = member ? member->if_string() : nullptr;
  if (!text) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> integer_in(const json::value* member) {
  if (!member || !member->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto number = member->to_number<std::int64_t>(error);
  if (error) return std::nullopt;
  return number;
}

std::optional<bool> bool_in(const json::value* member) {
  const bool* flag = member ? member->if_bool() : nullptr;
  if (!flag) return std::nullopt;
  return *flag;
}

}  // namespace

const json::value* find(const json::object& object, std::string_view key) { return object.if_contains(key); }

const json::value* find(const json::value& value, std::string_view key) {
  const json::object* object = value.if_object();
  return object ? object->if_contains(key) : nullptr;
}

const json::object* find_object(const json::value& value, std::string_view key) { return object_in(find(value, key)); }
const json::object* find_object(const json::object& object, std::string_view key) {
  return object_in(find(object, key));
}

const json::array* find_array(const json::value& value, std::string_view key) { return array_in(find(value, key)); }
const json::array* find_array(const json::object& object, std::string_view key) { return array_in(find(object, key)); }

std::optional<std::string_view> find_string(const json::value& value, std::string_view key) {
  return string_in(find(value, key));
}
std::optional<std::string_view> find_string(const json::object& object, std::string_view key) {
  return string_in(find(object, key));
}

std::optional<std::int64_t> find_integer(const json::value& value, std::string_view key) {
  return integer_in(find(value, key));
}
std::optional<std::int64_t> find_integer(const json::object& object, std::string_view key) {
  return integer_in(find(object, key));
}

std::optional<bool> find_bool(const json::value& value, std::string_view key) { return bool_in(find(value, key)); }
std::optional<bool> find_bool(const json::object& object, std::string_view key) { return bool_in(find(object, key)); }

std::string string_or_empty(const json::value& value, std::string_view key) {
  return std::string(find_string(value, key).value_or(""));
}
std::string string_or_empty(const json::object& object, std::string_view key) {
  return std::string(find_string(object, key).value_or(""));
}

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
  }
  std::unreachable();
}

}  // namespace convoke
