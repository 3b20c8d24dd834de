#include "store/postgres/database_text.hpp"

namespace convoke {
namespace {

// U+10FF00 to U+10FFFF are F4 8F BC 80 to F4 8F BF BF.
constexpr std::string_view escape = "\xf4\x8f";
constexpr unsigned first_third_byte = 0xbc;

bool is_continued(std::string_view text, std::size_t at, std::size_t bytes) {
  if (at + bytes > text.size()) return false;
  for (std::size_t i = at + 1; i < at + bytes; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80) return false;
  }
  return true;
}

/// How many bytes the character at `at` takes; 0 for a byte that has to be escaped: RFC 3629, section 4, without zero
/// and without the characters that escapes are made of.
std::size_t plain_bytes(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return first != 0 ? 1 : 0;
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || !is_continued(text, at, bytes)) return 0;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const bool is_legal = first == 0xe0   ? second >= 0xa0
                        : first == 0xed ? second <= 0x9f
                        : first == 0xf0 ? second >= 0x90
                        : first == 0xf4 ? second <= 0x8f
                                        : true;
  if (!is_legal) return 0;
  const bool is_escape =
      first == 0xf4 && second == 0x8f && static_cast<unsigned char>(text[at + 2]) >= first_third_byte;
  return is_escape ? 0 : bytes;
}

/// Where the first byte is that has to be escaped.
std::size_t plain_until(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::size_t bytes = plain_bytes(text, at);
    if (bytes == 0) break;
    at += bytes;
  }
  return at;
}

}  // namespace

std::string_view to_database_text(std::string_view text, std::string& room) {
  std::size_t plain = plain_until(text, 0);
  if (plain == text.size()) return text;
  room.assign(text.substr(0, plain));
  for (std::size_t at = plain; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    room += escape;
    room += static_cast<char>(first_third_byte + (byte >> 6U));
    room += static_cast<char>(0x80U + (byte & 0x3fU));
    ++at;
    plain = plain_until(text, at);
    room += text.substr(at, plain - at);
    at = plain;
  }
  return room;
}

std::string from_database_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t found = std::min(text.find(escape, at), text.size());
    out += text.substr(at, found - at);
    at = found;
    if (at == text.size()) break;
    const bool is_escape = at + 4 <= text.size() && static_cast<unsigned char>(text[at + 2]) >= first_third_byte;
    if (is_escape) {
      const unsigned high = static_cast<unsigned char>(text[at + 2]) - first_third_byte;
      out += static_cast<char>(high << 6U | (static_cast<unsigned char>(text[at + 3]) & 0x3fU));
    } else {
      out += text.substr(at, 4);
    }
    at += 4;
  }
  return out;
}

}  // namespace convoke
