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

std::vector<std::string> strings(const json::value& owner, std::string_view key);
std::optional<double> number(const json::value& owner, std::string_view key);
json::object object_or_empty(const json::value& owner, std::string_view key);

/// 50.0 as the integer 50: some peers accept nothing else where both would do.
json::value plain_number(double number);

/// `protocol`, unless the member is a string.
Result<std::string> required_string(const json::value& owner, std::string_view key, std::string_view where);

template <class T>
json::array array_of(const std::vector<T>& items) {
  json::array array;
  array.reserve(items.size());
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

}  // namespace convoke::mcp::fields
