#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

/// Writing members that exist only when there is something to say. Internal to types/.
namespace convoke::mcp::fields {

void put(json::object& owner, std::string_view key, const std::string& text);  ///< unless empty
void put(json::object& owner, std::string_view key, const json::object& members);
void put(json::object& owner, std::string_view key, std::optional<bool> flag);
void put(json::object& owner, std::string_view key, std::optional<std::int64_t> number);
void put(json::object& owner, std::string_view key, std::optional<double> number);
void put(json::object& owner, std::string_view key, const std::vector<std::string>& texts);

std::vector<std::string> strings_in(const json::array* array);
std::optional<double> number_in(const json::value* member);
Result<std::string> string_in(std::optional<std::string_view> text, std::string_view key, std::string_view where);

/// Reading members of an object, or of a value that may be one.
template <class Owner>
std::vector<std::string> strings(const Owner& owner, std::string_view key) {
  return strings_in(find_array(owner, key));
}

template <class Owner>
std::optional<double> number(const Owner& owner, std::string_view key) {
  return number_in(find(owner, key));
}

template <class Owner>
json::object object_or_empty(const Owner& owner, std::string_view key) {
  const json::object* members = find_object(owner, key);
  return members ? *members : json::object{};
}

/// `protocol`, unless the member is a string.
template <class Owner>
Result<std::string> required_string(const Owner& owner, std::string_view key, std::string_view where) {
  return string_in(find_string(owner, key), key, where);
}

/// 50.0 as the integer 50: some peers accept nothing else where both would do.
json::value plain_number(double number);

template <class T>
json::array array_of(const std::vector<T>& items) {
  json::array array;
  array.reserve(items.size());
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

}  // namespace convoke::mcp::fields
