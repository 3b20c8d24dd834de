#include "tokens/exact_tokenizer.hpp"

#include <array>
#include <memory>

#include "tokens/merge.hpp"
#include "tokens/piece_cache.hpp"
#include "tokens/piece_splitter.hpp"
#include "tokens/utf8.hpp"

namespace convoke {
namespace {

/// This thread's cache for `vocabulary`, made on first use. Vocabularies live as long as the program and are few.
PieceCache& cache_for(const Vocabulary& vocabulary) {
  struct Owned {
    const Vocabulary* vocabulary;
    std::unique_ptr<PieceCache> cache;
  };
  thread_local std::vector<Owned> caches;
  for (const Owned& owned : caches) {
    if (owned.vocabulary == &vocabulary) return *owned.cache;
  }
  return *caches.emplace_back(&vocabulary, std::make_unique<PieceCache>()).cache;
}

[[gnu::noinline]] std::size_t count_piece(const Vocabulary& vocabulary, std::string_view piece) {
  return vocabulary.find(piece) != no_token ? 1 : count_merged(vocabulary, piece);
}

template <class Counts>
[[gnu::always_inline]] inline std::size_t count_cached(Counts& counts, const Vocabulary& vocabulary,
                                                       std::string_view piece, std::size_t readable) {
  const typename Counts::Key key(piece.data(), piece.size(), readable);
  const std::uint64_t hash = key.hash();
  if (const std::size_t known = counts.find(key, hash)) return known;
  const std::size_t count = count_piece(vocabulary, piece);
  counts.insert(key, hash, count);
  return count;
}

[[gnu::noinline]] std::size_t count_long(PieceCache& cache, const Vocabulary& vocabulary, std::string_view piece,
                                         std::size_t readable) {
  if (piece.size() <= 30) return count_cached(cache.up_to_30_bytes, vocabulary, piece, readable);
  if (piece.size() <= 62) return count_cached(cache.up_to_62_bytes, vocabulary, piece, readable);
  return count_piece(vocabulary, piece);
}

using ShortCounts = decltype(PieceCache::up_to_15_bytes);

[[gnu::noinline]] std::size_t count_new(ShortCounts& counts, const Vocabulary& vocabulary, const ShortCounts::Key& key,
                                        std::uint64_t hash) {
  const std::size_t count = count_piece(vocabulary, key.text());
  counts.insert(key, hash, count);
  return count;
}

/// How many tokens some pieces have, of a text of which `end` is the end. Looks for all of them before it looks at what
/// it found, so that the memory the one waits for arrives while it works on others.
[[gnu::always_inline]] inline std::size_t count_batch(PieceCache& cache, const Vocabulary& vocabulary,
                                                      const char* begin, PieceEnds ends, const char* end) {
  struct Wanted {
    ShortCounts::Key key;
    std::uint64_t hash;
  };
  std::array<Wanted, piece_batch> wanted;
  ShortCounts& counts = cache.up_to_15_bytes;
  std::size_t size = 0;
  std::size_t tokens = 0;
  for (const char* const piece_end : ends) {
    const auto length = static_cast<std::size_t>(piece_end - begin);
    const auto readable = static_cast<std::size_t>(end - begin);
    if (length <= ShortCounts::Key::max_length) [[likely]] {
      const ShortCounts::Key key(begin, length, readable);
      const std::uint64_t hash = key.hash();
      counts.fetch(hash);
      wanted[size++] = {key, hash};
    } else {
      tokens += count_long(cache, vocabulary, {begin, length}, readable);
    }
    begin = piece_end;
  }
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t known = counts.find(wanted[i].key, wanted[i].hash);
    tokens += known != 0 ? known : count_new(counts, vocabulary, wanted[i].key, wanted[i].hash);
  }
  return tokens;
}

template <Pattern pattern>
[[gnu::always_inline]] inline std::int64_t count_pieces(const Vocabulary& vocabulary, std::string_view text) {
  PieceCache& cache = cache_for(vocabulary);
  const char* const end = text.data() + text.size();
  std::size_t tokens = 0;
  split_pieces<pattern>(text, [&](const char* begin, PieceEnds ends) __attribute__((always_inline)) {
    tokens += count_batch(cache, vocabulary, begin, ends, end);
  });
  return static_cast<std::int64_t>(tokens);
}

template <Pattern pattern>
std::int64_t count_on_any(const Vocabulary& vocabulary, std::string_view text) {
  return count_pieces<pattern>(vocabulary, text);
}

#if defined(__x86_64__)
/// The same, compiled for the processors of the last ten years: their instructions for bit masks save a tenth.
template <Pattern pattern>
__attribute__((target("avx2,bmi,bmi2,lzcnt"))) std::int64_t count_on_newer(const Vocabulary& vocabulary,
                                                                           std::string_view text) {
  return count_pieces<pattern>(vocabulary, text);
}
const bool is_newer = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#endif

template <Pattern pattern>
std::int64_t count_by(const Vocabulary& vocabulary, std::string_view text) {
#if defined(__x86_64__)
  if (is_newer) return count_on_newer<pattern>(vocabulary, text);
#endif
  return count_on_any<pattern>(vocabulary, text);
}

}  // namespace

std::int64_t ExactTokenizer::count(std::string_view text) const {
  if (!is_valid_utf8(text)) return count(replace_invalid_utf8(text));
  return pattern_ == Pattern::o200k ? count_by<Pattern::o200k>(vocabulary_, text)
                                    : count_by<Pattern::cl100k>(vocabulary_, text);
}

std::vector<TokenId> ExactTokenizer::encode(std::string_view text) const {
  if (!is_valid_utf8(text)) return encode(replace_invalid_utf8(text));
  std::vector<TokenId> tokens;
  tokens.reserve(text.size() / 4);
  const auto append = [&](std::string_view piece) {
    if (const TokenId whole = vocabulary_.find(piece); whole != no_token) {
      tokens.push_back(whole);
    } else {
      append_merged(vocabulary_, piece, tokens);
    }
  };
  if (pattern_ == Pattern::o200k) {
    for_each_piece<Pattern::o200k>(text, append);
  } else {
    for_each_piece<Pattern::cl100k>(text, append);
  }
  return tokens;
}

}  // namespace convoke
