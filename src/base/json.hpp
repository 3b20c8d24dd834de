#pragma once
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke {

namespace json = boost::json;

/// How deep a document from outside may nest before it is refused.
inline constexpr std::size_t max_json_depth = 128;

/// Parses one JSON document. `invalid_input` says what is wrong and at which byte.
Result<json::value> parse_json(std::string_view text);

/// Reading that forgives: each returns null/nullopt when the member is missing or of another type. For data from peers
/// whose every field may be absent.
const json::value* find(const json::value& value, std::string_view key);
const json::object* find_object(const json::value& value, std::string_view key);
const json::array* find_array(const json::value& value, std::string_view key);
std::optional<std::string_view> find_string(const json::value& value, std::string_view key);
std::optional<std::int64_t> find_integer(const json::value& value, std::string_view key);
std::optional<bool> find_bool(const json::value& value, std::string_view key);

/// The object's member as text, or "" when it is missing or not a string.
std::string string_or_empty(const json::value& value, std::string_view key);

/// The same for an object at hand. Without these it would become a temporary value: a copy, and gone before the result.
const json::value* find(const json::object& object, std::string_view key);
const json::object* find_object(const json::object& object, std::string_view key);
const json::array* find_array(const json::object& object, std::string_view key);
std::optional<std::string_view> find_string(const json::object& object, std::string_view key);
std::optional<std::int64_t> find_integer(const json::object& object, std::string_view key);
std::optional<bool> find_bool(const json::object& object, std::string_view key);
std::string string_or_empty(const json::object& object, std::string_view key);

/// "an object", "a string", "null": what `value` is, for messages that say what was expected and what came.
std::string_view kind_of(const json::value& value);

}  // namespace convoke
