#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace convoke {

template <class Word>
Word load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

inline std::uint64_t mix(std::uint64_t x) {
  x *= 0x9e3779b97f4a7c15;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  return x ^ x >> 32;
}

/// A hash of `size` bytes, at least one, for tables in memory: not for files and not against malice.
inline std::uint64_t hash_bytes(const char* at, std::size_t size) {
  if (size < 4) {
    const auto byte = [at](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(at[i])); };
    return mix(byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16 | static_cast<std::uint64_t>(size) << 24);
  }
  if (size <= 8) {
    return mix((load<std::uint32_t>(at) | static_cast<std::uint64_t>(load<std::uint32_t>(at + size - 4)) << 32) + size);
  }
  std::uint64_t hash = size;
  for (std::size_t i = 0; i + 8 < size; i += 8) hash = mix(hash ^ load<std::uint64_t>(at + i));
  return mix(hash ^ load<std::uint64_t>(at + size - 8));
}

}  // namespace convoke
