// Reading the size out of a picture's first bytes: the half of tokens/picture_tokens.hpp that knows file formats.
#include <algorithm>
#include <string>

#include "tokens/picture_tokens.hpp"

namespace convoke {
namespace {

constexpr std::size_t short_head = 64;            // enough for all but JPEG
constexpr std::size_t longest_head = 256 * 1024;  // a JPEG's camera data and its small copy come before the size

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

/// The first bytes; fewer where the text ends or is no Base64.
std::string decoded_head(std::string_view base64, std::size_t bytes) {
  std::string head;
  unsigned bits = 0;
  int count = 0;
  for (const char c : base64) {
    const int value = value_of(c);
    if (value < 0 || head.size() >= bytes) break;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    head += static_cast<char>(bits >> count & 0xFFU);
  }
  return head;
}

std::int64_t byte_at(std::string_view head, std::size_t at) {
  return at < head.size() ? static_cast<unsigned char>(head[at]) : 0;
}
std::int64_t big_endian(std::string_view head, std::size_t at, std::size_t bytes) {
  std::int64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | byte_at(head, at + i);
  return number;
}
std::int64_t little_endian(std::string_view head, std::size_t at, std::size_t bytes) {
  std::int64_t number = 0;
  for (std::size_t i = bytes; i-- > 0;) number = number << 8 | byte_at(head, at + i);
  return number;
}

/// Segment after segment until the one that begins the picture.
PictureSize size_of_jpeg(std::string_view head) {
  for (std::size_t at = 2; at + 9 < head.size() && byte_at(head, at) == 0xFF;) {
    const std::int64_t marker = byte_at(head, at + 1);
    if (marker == 0xFF) {  // filling
      ++at;
      continue;
    }
    const bool begins = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (begins) return {big_endian(head, at + 7, 2), big_endian(head, at + 5, 2)};
    at += 2 + static_cast<std::size_t>(std::max<std::int64_t>(2, big_endian(head, at + 2, 2)));
  }
  return {};
}

/// Its three forms: lossy, lossless, and with extras.
PictureSize size_of_webp(std::string_view head) {
  const std::string_view form = head.substr(std::min<std::size_t>(12, head.size()), 4);
  if (form == "VP8X") return {little_endian(head, 24, 3) + 1, little_endian(head, 27, 3) + 1};
  if (form == "VP8 ") return {little_endian(head, 26, 2) & 0x3FFF, little_endian(head, 28, 2) & 0x3FFF};
  if (form != "VP8L") return {};
  const std::int64_t bits = little_endian(head, 21, 4);
  return {(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
}

PictureSize size_in(std::string_view head) {
  if (head.size() < 30) return {};
  if (head.starts_with("\x89PNG\r\n\x1A\n")) return {big_endian(head, 16, 4), big_endian(head, 20, 4)};
  if (head.starts_with("GIF8")) return {little_endian(head, 6, 2), little_endian(head, 8, 2)};
  if (head.starts_with("RIFF") && head.substr(8, 4) == "WEBP") return size_of_webp(head);
  return {};
}

}  // namespace

std::optional<PictureSize> picture_size(std::string_view base64) {
  std::string head = decoded_head(base64, short_head);
  const bool is_jpeg = head.starts_with("\xFF\xD8");
  const PictureSize size = is_jpeg ? size_of_jpeg(decoded_head(base64, longest_head)) : size_in(head);
  if (size.width <= 0 || size.height <= 0) return std::nullopt;
  return size;
}

}  // namespace convoke
