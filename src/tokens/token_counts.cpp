#include "tokens/token_counts.hpp"

namespace convoke {
namespace {

/// Counting a shorter text takes less time than finding it here.
constexpr std::size_t worth_remembering = 512;

}  // namespace

std::size_t TokenCounts::Hash::operator()(const Key& key) const {
  return std::hash<std::string_view>{}(key.text) ^ std::hash<const Tokenizer*>{}(key.tokenizer);
}

std::size_t TokenCounts::cost_of(const Entry& entry) {
  constexpr std::size_t nodes = 2 * sizeof(Entry) + 64;  // of the list and of the map, about
  return entry.text.size() + nodes;
}

bool TokenCounts::takes_long(const Tokenizer& tokenizer, std::string_view text) const {
  if (text.size() <= tokenizer.quickly_counted()) return false;
  const std::lock_guard lock(mutex_);
  return !by_key_.contains({&tokenizer, text});
}

std::int64_t TokenCounts::count(const Tokenizer& tokenizer, std::string_view text) {
  if (text.size() < worth_remembering) return tokenizer.count(text);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find({&tokenizer, text}); found != by_key_.end()) {
      ++hits_;
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->count;
    }
    ++misses_;
  }
  const std::int64_t count = tokenizer.count(text);
  remember({&tokenizer, std::string(text), count});
  return count;
}

void TokenCounts::remember(Entry entry) {
  if (cost_of(entry) > max_bytes_) return;
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key_of(entry))) return;  // another thread was faster
  bytes_ += cost_of(entry);
  entries_.push_front(std::move(entry));
  by_key_.emplace(key_of(entries_.front()), entries_.begin());
  while (bytes_ > max_bytes_) {
    bytes_ -= cost_of(entries_.back());
    by_key_.erase(key_of(entries_.back()));
    entries_.pop_back();
  }
}

TokenCounts::Figures TokenCounts::figures() const {
  const std::lock_guard lock(mutex_);
  return {hits_, misses_, bytes_};
}

}  // namespace convoke
