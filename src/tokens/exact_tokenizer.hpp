#pragma once
#include <atomic>

#include "tokens/pretokenizer.hpp"
#include "tokens/tokenizer.hpp"
#include "tokens/vocabulary.hpp"

namespace convoke {

/// Byte-pair encoding as tiktoken does it: the same tokens for every text.
class ExactTokenizer : public Tokenizer {
 public:
  /// `load` is called by whoever counts first; `name` and what `load` returns must outlive the tokenizer.
  ExactTokenizer(std::string_view name, Pattern pattern, const Vocabulary& (*load)())
      : name_(name), pattern_(pattern), load_(load) {}

  std::string_view name() const override { return name_; }
  std::int64_t count(std::string_view text) const override;
  double error() const override { return 0; }
  /// The tokens themselves, in order.
  std::vector<TokenId> encode(std::string_view text) const;
  bool is_ready() const override { return loaded_.load(std::memory_order_acquire) != nullptr; }
  const Vocabulary& vocabulary() const;
  Pattern pattern() const { return pattern_; }

 private:
  std::string_view name_;
  Pattern pattern_;
  const Vocabulary& (*load_)();
  mutable std::atomic<const Vocabulary*> loaded_{nullptr};
};

/// The encodings that ship with the program. Each is unpacked by the first text it counts, which takes some 20 ms, and
/// shared by all that follow; it lives as long as the program.
const ExactTokenizer& o200k_base();
const ExactTokenizer& o200k_harmony();  ///< text as in o200k_base; the special tokens differ
const ExactTokenizer& cl100k_base();

}  // namespace convoke
