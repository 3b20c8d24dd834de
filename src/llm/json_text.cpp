#include "llm/json_text.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace convoke {
namespace {

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

/// How many bytes at the start of `text` can be copied as they are. Blocks of a fixed size let the compiler look at all
/// of a block at once.
std::size_t plain_length(std::string_view text) {
  constexpr std::size_t block = 32;
  std::size_t at = 0;
  for (; at + block <= text.size(); at += block) {
    unsigned char any = 0;
    for (std::size_t i = 0; i < block; ++i) any |= static_cast<unsigned char>(needs_escape(text[at + i]));
    if (any) break;
  }
  while (at < text.size() && !needs_escape(text[at])) ++at;
  return at;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

template <class Number>
void append_digits(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const std::size_t plain = plain_length(text);
    out.append(text, 0, plain);
    if (plain == text.size()) break;
    append_escaped(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append_number(std::string& out, double number) { append_digits(out, number); }
void append_number(std::string& out, std::int64_t number) { append_digits(out, number); }

void append_value(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: out += "null"; return;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case json::kind::int64: append_digits(out, value.get_int64()); return;
    case json::kind::uint64: append_digits(out, value.get_uint64()); return;
    case json::kind::double_: append_digits(out, value.get_double()); return;
    case json::kind::string: append_quoted(out, value.get_string()); return;
    case json::kind::array: {
      ArrayWriter array(out);
      for (const json::value& item : value.get_array()) append_value(array.item(), item);
      return;
    }
    case json::kind::object: {
      ObjectWriter object(out);
      for (const auto& [name, member] : value.get_object()) append_value(object.member(name), member);
      return;
    }
  }
  std::unreachable();
}

}  // namespace convoke
