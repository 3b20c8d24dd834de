#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace convoke {

using TokenId = std::uint32_t;

/// Turns text into a model's tokens. Any bytes are welcome: what is not UTF-8 counts as U+FFFD, which is how it reaches
/// a model. The text of a special token ("<|endoftext|>") is text like any other, so that nobody can smuggle one in.
/// May be used from any thread.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  /// "o200k_base", "cl100k_base", ...
  virtual std::string_view name() const = 0;
  /// How many tokens `text` has. Linear in its size.
  virtual std::int64_t count(std::string_view text) const = 0;
  /// The tokens themselves, in order.
  virtual std::vector<TokenId> encode(std::string_view text) const = 0;
};

/// The encodings that ship with the program. Each is unpacked by the first call that names it, which takes some 20 ms,
/// and shared by all that follow; it lives as long as the program.
const Tokenizer& o200k_base();
const Tokenizer& o200k_harmony();  ///< text as in o200k_base; the special tokens differ
const Tokenizer& cl100k_base();

}  // namespace convoke
