#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "llm/provider.hpp"

namespace convoke {

/// Watches an answer that was paid for up to a length: `max_tokens` is a request, and not every provider keeps to it.
/// Words and thoughts count, as they are shown. For one answer; used on its loop.
class OutputLimit {
 public:
  using Count = std::function<std::int64_t(const Message& answer)>;

  /// `tokens`: as many were reserved. `is_exact`: `count` is that of the model's own tokenizer; else an answer is given
  /// twice the room, since an estimate may be twice too high.
  OutputLimit(std::int64_t tokens, bool is_exact, Count count);

  void hear(const Delta& delta);
  /// The answer is clearly longer than was reserved for it. Once true, it stays so.
  bool is_passed() const { return is_passed_; }

  std::int64_t reserved() const { return reserved_; }
  std::int64_t counted() const { return counted_; }  ///< when it was last looked at

 private:
  void look();

  std::int64_t reserved_;
  std::int64_t most_;
  Count count_;
  std::string heard_;
  std::size_t next_look_;  ///< with so many bytes: before, it cannot be passed
  std::int64_t counted_ = 0;
  bool is_passed_ = false;
};

}  // namespace convoke
