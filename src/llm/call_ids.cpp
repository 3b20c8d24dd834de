#include "llm/call_ids.hpp"

#include <algorithm>
#include <cstdint>

namespace convoke {
namespace {

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// FNV-1a: spreads well, and is the same on every machine and in every version.
std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

std::string letters_of(std::uint64_t number, std::size_t count) {
  constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string letters;
  for (; letters.size() < count; number /= alphabet.size()) letters += alphabet[number % alphabet.size()];
  return letters;
}

}  // namespace

std::string portable_call_id(std::string_view id, std::size_t max_size) {
  constexpr std::size_t mistral = 9;
  const bool is_plain = std::ranges::all_of(id, is_alphanumeric);
  if (max_size == mistral) {
    return is_plain && id.size() == mistral ? std::string(id) : letters_of(fingerprint(id), mistral);
  }
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; };
  if (!id.empty() && id.size() <= max_size && std::ranges::all_of(id, fits)) return std::string(id);
  return "call_" + letters_of(fingerprint(id), 12);
}

}  // namespace convoke
