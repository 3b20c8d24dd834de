#pragma once
#include "tokens/pretokenizer.hpp"
#include "tokens/tokenizer.hpp"
#include "tokens/vocabulary.hpp"

namespace convoke {

/// Byte-pair encoding as tiktoken does it: the same tokens for every text.
class ExactTokenizer : public Tokenizer {
 public:
  /// `name` and `vocabulary` must outlive the tokenizer.
  ExactTokenizer(std::string_view name, Pattern pattern, const Vocabulary& vocabulary)
      : name_(name), pattern_(pattern), vocabulary_(vocabulary) {}

  std::string_view name() const override { return name_; }
  std::int64_t count(std::string_view text) const override;
  double error() const override { return 0; }
  /// The tokens themselves, in order.
  std::vector<TokenId> encode(std::string_view text) const;
  const Vocabulary& vocabulary() const { return vocabulary_; }
  Pattern pattern() const { return pattern_; }

 private:
  std::string_view name_;
  Pattern pattern_;
  const Vocabulary& vocabulary_;
};

/// The encodings that ship with the program, and live as long as it does. Their tables are part of it: of these, only
/// what a text needs is ever read from the disk.
const ExactTokenizer& o200k_base();
const ExactTokenizer& o200k_harmony();  ///< text as in o200k_base; the special tokens differ
const ExactTokenizer& cl100k_base();

}  // namespace convoke
