#include "base/plain_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace convoke {
namespace {

/// Behind the string that begins at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

std::size_t end_of_number(std::string_view json, std::size_t at) {
  return std::min(json.find_first_not_of("+-.0123456789Ee", at), json.size());
}

std::string plain(std::string_view number) {
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool is_read = error == std::errc() && end == number.data() + number.size();
  return is_read ? fmt::format("{}", value) : std::string(number);
}

}  // namespace

std::string plain_numbers(std::string json) {
  if (!json.contains('E')) return json;
  const std::string_view text = json;
  std::string written;
  written.reserve(json.size());
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool is_number = c == '-' || (c >= '0' && c <= '9');
    const std::size_t end = c == '"' ? end_of_string(text, at) : is_number ? end_of_number(text, at) : at + 1;
    const std::string_view token = text.substr(at, end - at);
    if (is_number && token.contains('E')) {
      written += plain(token);
    } else {
      written += token;
    }
    at = end;
  }
  return written;
}

}  // namespace convoke
