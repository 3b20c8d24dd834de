#include "mcp/codec/base64.hpp"

#include <array>
#include <cstdint>

namespace convoke::mcp {

namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view alphabet, bool padded) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i <= group.size(); ++i) out += alphabet[bits >> (18 - 6 * i) & 63];
    if (padded) out.append(3 - group.size(), '=');
  }
  return out;
}

Result<std::string> decode(std::string_view text, std::string_view alphabet) {
  const auto bad = [] { return fail(Errc::invalid_input, "not Base64"); };
  if (text.size() % 4 != 0) return bad();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string out;
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_padding = at >= text.size() - padding;
    const auto digit = is_padding ? 0 : alphabet.find(text[at]);
    if (digit == std::string_view::npos) return bad();
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    if (at % 4 != 3) continue;
    const std::array bytes{static_cast<char>(bits >> 16 & 255), static_cast<char>(bits >> 8 & 255),
                           static_cast<char>(bits & 255)};
    const bool last = at + 1 == text.size();
    const std::size_t count = last ? 3 - padding : 3;
    out.append(bytes.data(), count);
    for (std::size_t i = count; i < 3; ++i) {
      if (bytes[i] != 0) return bad();  // bits that encode nothing: another text would mean the same
    }
    bits = 0;
  }
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) { return encode(bytes, standard, true); }

std::string base64url(std::string_view bytes) { return encode(bytes, url_safe, false); }

Result<std::string> from_base64(std::string_view text) { return decode(text, standard); }

Result<std::string> from_base64url(std::string_view text) {
  if (text.contains('=')) return fail(Errc::invalid_input, "not Base64");
  return decode(std::string(text) + std::string((4 - text.size() % 4) % 4, '='), url_safe);
}

}  // namespace convoke::mcp
