#pragma once
#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>

#include "tokens/byte_hash.hpp"

namespace convoke {

/// The text of a short piece with its length, as a value of `words` times eight bytes. The uppermost byte holds the
/// length and leaves room for a count: in two words the upper half of that byte, in more the byte below it.
template <std::size_t words>
struct PieceKey {
  static constexpr std::size_t max_length = 8 * words - (words == 2 ? 1 : 2);

  PieceKey() = default;
  /// `readable` is how many bytes may be read at `at`: `length` (at most `max_length`) or more.
  [[gnu::always_inline]] PieceKey(const char* at, std::size_t length, std::size_t readable) {
    char bytes[8 * words];
    if (readable < sizeof bytes) {
      std::memset(bytes, 0, sizeof bytes);
      std::memcpy(bytes, at, length);
      at = bytes;
    }
    const char* const mask = ones_then_zeros.data() + sizeof bytes - length;
    for (std::size_t i = 0; i < words; ++i) {
      word[i] = load<std::uint64_t>(at + 8 * i) & load<std::uint64_t>(mask + 8 * i);
    }
    word[words - 1] |= static_cast<std::uint64_t>(length) << 56;
  }

  /// The uppermost bits are the good ones.
  [[gnu::always_inline]] std::uint64_t hash() const {
    if constexpr (words == 2) return word[0] * 0x9e3779b97f4a7c15 ^ word[1] * 0xd6e8feb86659fd93;
    std::uint64_t sum = word[0];
    for (std::size_t i = 1; i < words; ++i) sum = (sum * 0x9e3779b97f4a7c15) ^ (sum >> 29) ^ word[i];
    sum ^= sum >> 32;
    return sum * 0xd6e8feb86659fd93;
  }

  std::string_view text() const {
    return {reinterpret_cast<const char*>(word.data()), static_cast<std::size_t>(word[words - 1] >> 56)};
  }

  std::array<std::uint64_t, words> word;

 private:
  /// Read from the right place this masks any length.
  static constexpr auto ones_then_zeros = [] {
    std::array<char, 16 * words> bytes{};
    for (std::size_t i = 0; i < 8 * words; ++i) bytes[i] = '\xff';
    return bytes;
  }();
};

/// How many tokens the pieces seen lately have. Each has four places to be in.
template <std::size_t words, unsigned set_bits>
class PieceCounts {
 public:
  using Key = PieceKey<words>;

  /// Has what `find` will look at brought nearer.
  [[gnu::always_inline]] void fetch(std::uint64_t hash) const { __builtin_prefetch(&sets_[hash >> (64 - set_bits)]); }
  /// 0: not here.
  [[gnu::always_inline]] std::size_t find(const Key& key, std::uint64_t hash) const {
    const Set& set = sets_[hash >> (64 - set_bits)];
    Lanes differences = (set[words - 1] ^ key.word[words - 1]) & ~count_mask;
    for (std::size_t i = 0; i + 1 < words; ++i) differences |= set[i] ^ key.word[i];
    // At most one of them is it: the others leave nothing.
    const Lanes counts = set[words - 1] & count_mask & static_cast<Lanes>(differences == 0);
    return __builtin_reduce_or(counts) >> count_shift;
  }
  /// Leaves out counts that the key has no room for.
  void insert(const Key& key, std::uint64_t hash, std::size_t count) {
    if (count > max_count) return;
    Set& set = sets_[hash >> (64 - set_bits)];
    std::size_t place = 0;
    while (place < ways && set[words - 1][place] != 0) ++place;
    // Any of them goes: of pieces that come round in turn, some are always here.
    if (place == ways) place = ++turn_ % ways;
    for (std::size_t w = 0; w < words; ++w) set[w][place] = key.word[w];
    set[words - 1][place] |= static_cast<std::uint64_t>(count) << count_shift;
  }

 private:
  static constexpr std::size_t ways = 4;
  using Lanes [[gnu::vector_size(ways * sizeof(std::uint64_t))]] = std::uint64_t;  ///< one for each place
  using Set = std::array<Lanes, words>;
  static constexpr unsigned count_shift = words == 2 ? 60 : 48;
  static constexpr std::uint64_t max_count = words == 2 ? 15 : 255;
  static constexpr std::uint64_t count_mask = max_count << count_shift;
  static constexpr std::size_t bytes = sizeof(Set) << set_bits;

  struct Unmap {
    void operator()(Set* sets) const { munmap(sets, bytes); }
  };
  /// Zeros from the system, which take no memory until they are written to and begin where a page does.
  static Set* allocate() {
    void* zeros = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (zeros == MAP_FAILED) throw std::bad_alloc();
    return static_cast<Set*>(zeros);
  }
  std::unique_ptr<Set[], Unmap> sets_{allocate()};
  std::size_t turn_ = 0;
};

/// One thread's memory of piece counts, in front of a vocabulary that no core's own cache could hold: 7 MB at most, of
/// which a text touches what it needs. Most scripts take two or three bytes a letter, hence the long ones.
struct PieceCache {
  PieceCounts<2, 16> up_to_15_bytes;
  PieceCounts<4, 14> up_to_30_bytes;
  PieceCounts<8, 12> up_to_62_bytes;
};

}  // namespace convoke
