#include "llm/event_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace convoke {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::size_t escape_size = 6;  // of \ud83d

std::size_t ascii_length(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t block = 0;
    std::memcpy(&block, text.data() + at, sizeof block);
    if (block & 0x8080808080808080U) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// The bytes of the character at the start of `text`; 0 if they are none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if ((first & 0xF0U) == 0xE0) {
    const bool is_shortest = first != 0xE0 || second >= 0xA0, is_no_half = first != 0xED || second < 0xA0;
    return is_shortest && is_no_half && follows(1) && follows(2) ? 3 : 0;
  }
  const bool is_in_range =
      first >= 0xF0 && first < 0xF5 && (first != 0xF0 || second >= 0x90) && (first != 0xF4 || second < 0x90);
  return is_in_range && follows(1) && follows(2) && follows(3) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(ascii_length(text));
    const std::size_t length = text.empty() ? 0 : character_length(text);
    if (!text.empty() && length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// "\ud8…": an escape of half a character, the first or the second.
enum class Half { none, first, second };
Half half_at(std::string_view text) {
  if (text.size() < escape_size || text[0] != '\\' || text[1] != 'u' || (text[2] | 0x20) != 'd') return Half::none;
  for (const char c : text.substr(2, 4)) {
    if (!std::strchr("0123456789abcdefABCDEF", c) || c == 0) return Half::none;
  }
  const char digit = static_cast<char>(text[3] | 0x20);
  if (digit == '8' || digit == '9' || digit == 'a' || digit == 'b') return Half::first;
  return digit >= 'c' && digit <= 'f' ? Half::second : Half::none;
}

bool has_halves(std::string_view data) {
  for (auto at = data.find("\\u"); at != std::string_view::npos; at = data.find("\\u", at + 2)) {
    if (half_at(data.substr(at)) != Half::none) return true;
  }
  return false;
}

}  // namespace

std::string_view EventText::mended(std::string_view data) {
  if (is_utf8(data) && !has_halves(data)) return data;
  text_.clear();
  for (std::size_t at = 0; at < data.size();) {
    if (data[at] == '\\') {
      mend_escape(data, at);
      continue;
    }
    const std::size_t length = character_length(data.substr(at));
    text_ += length == 0 ? replacement : data.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  return text_;
}

void EventText::mend_escape(std::string_view data, std::size_t& at) {
  const std::string_view rest = data.substr(at);
  switch (half_at(rest)) {
    case Half::none:
      text_ += rest.substr(0, 2);  // also of \\, whose second half begins nothing
      at += 2;
      return;
    case Half::second:
      text_ += first_half_.empty() ? std::string(replacement) : first_half_ + std::string(rest.substr(0, escape_size));
      first_half_.clear();
      at += escape_size;
      return;
    case Half::first: break;
  }
  const std::string_view next = rest.substr(escape_size);
  if (half_at(next) == Half::second) {
    text_ += rest.substr(0, 2 * escape_size);
    at += 2 * escape_size;
    return;
  }
  if (next.starts_with('"')) {
    first_half_ = rest.substr(0, escape_size);
  } else {
    text_ += replacement;
  }
  at += escape_size;
}

}  // namespace convoke
