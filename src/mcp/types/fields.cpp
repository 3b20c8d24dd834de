#include "mcp/types/fields.hpp"

#include <fmt/format.h>

#include <cmath>

namespace convoke::mcp::fields {

void put(json::object& owner, std::string_view key, const std::string& text) {
  if (!text.empty()) owner[key] = text;
}

void put(json::object& owner, std::string_view key, const json::object& members) {
  if (!members.empty()) owner[key] = members;
}

void put(json::object& owner, std::string_view key, std::optional<bool> flag) {
  if (flag) owner[key] = *flag;
}

void put(json::object& owner, std::string_view key, std::optional<std::int64_t> number) {
  if (number) owner[key] = *number;
}

void put(json::object& owner, std::string_view key, std::optional<double> number) {
  if (number) owner[key] = plain_number(*number);
}

void put(json::object& owner, std::string_view key, const std::vector<std::string>& texts) {
  if (!texts.empty()) owner[key] = json::array(texts.begin(), texts.end());
}

std::vector<std::string> strings_in(const json::array* array) {
  std::vector<std::string> found;
  if (!array) return found;
  for (const json::value& element : *array) {
    if (const json::string* text = element.if_string()) found.emplace_back(*text);
  }
  return found;
}

std::optional<double> number_in(const json::value* member) {
  if (!member || !member->is_number()) return std::nullopt;
  return member->to_number<double>();
}

json::value plain_number(double number) {
  constexpr double exact = 9007199254740992;  // 2^53: beyond it a double is no exact integer any more
  if (std::trunc(number) == number && std::abs(number) < exact) return static_cast<std::int64_t>(number);
  return number;
}

Result<std::string> string_in(std::optional<std::string_view> text, std::string_view key, std::string_view where) {
  if (!text) return fail(Errc::protocol, fmt::format("{}: '{}' must be a string", where, key));
  return std::string(*text);
}

}  // namespace convoke::mcp::fields
