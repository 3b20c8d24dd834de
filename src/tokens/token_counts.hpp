#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tokens/tokenizer.hpp"

namespace convoke {

/// Counts tokens and remembers the counts of long texts, which come again with every turn: system prompt, descriptions
/// of tools, documents. The least recently used go when the bytes exceed the bound. May be used from any thread.
class TokenCounts {
 public:
  /// Holds at most `max_bytes` of texts and what it takes to keep them.
  explicit TokenCounts(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The number of tokens `tokenizer`, which must outlive this object, makes of `text`.
  std::int64_t count(const Tokenizer& tokenizer, std::string_view text);

  /// Whether counting may take more than 200 microseconds, which no event loop should spend on it: the text is long
  /// and not known.
  bool takes_long(const Tokenizer& tokenizer, std::string_view text) const;

  struct Figures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t bytes = 0;
  };
  /// Of the texts that were long enough to be looked for.
  Figures figures() const;

 private:
  struct Key {
    const Tokenizer* tokenizer;
    std::string_view text;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    const Tokenizer* tokenizer;
    std::string text;
    std::int64_t count;
  };
  static Key key_of(const Entry& entry) { return {entry.tokenizer, entry.text}; }
  static std::size_t cost_of(const Entry& entry);
  void remember(Entry entry);

  std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  ///< the most recently used first
  std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key_;
  std::size_t bytes_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace convoke
