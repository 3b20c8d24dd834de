#pragma once
#include <bitset>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "tokens/merge_rules.hpp"
#include "tokens/split_pattern.hpp"
#include "tokens/tokenizer.hpp"

namespace convoke {

/// A tokenizer as a file `tokenizer.json` of Hugging Face describes it: byte-level BPE as Llama 3, Qwen, DeepSeek and
/// GPT-2 have it, and BPE in the way of SentencePiece as Llama 2 and Mistral have it. Makes the tokens the `tokenizers`
/// library makes with `add_special_tokens=False`; added tokens are found in the text, as there. Immutable.
class FileTokenizer final : public Tokenizer {
 public:
  /// `invalid_input` names the part of the file that is of a kind not known here: nothing is ever counted about right.
  static Result<FileTokenizer> parse(std::string_view file);

  std::string_view name() const override { return "tokenizer.json"; }
  std::int64_t count(std::string_view text) const override;
  std::size_t quickly_counted() const override { return 512; }
  double error() const override { return 0; }
  std::vector<TokenId> encode(std::string_view text) const;

 private:
  friend class TokenizerFileReader;

  // How a stretch of text between added tokens is changed before it is cut.
  struct Prepend {
    std::string text;
  };
  struct Replace {
    std::string from;
    std::string to;
  };
  struct Compose {};  ///< to Unicode's normalization form C
  using Normalizer = std::variant<Prepend, Replace, Compose>;

  // How it is cut into pieces; no token crosses a piece's end.
  struct Split {
    SplitPattern pattern;
    enum class Behaviour { isolated, merged_with_previous, merged_with_next, removed } behaviour;
    bool is_inverted = false;
  };
  /// Spaces become U+2581, and one stands before the text.
  struct Metaspace {
    std::string replacement;
    enum class Prepended { always, first, never } prepended;
    bool splits = true;
  };
  struct PrefixSpace {};
  using PreTokenizer = std::variant<Split, Metaspace, PrefixSpace>;

  struct AddedToken {
    std::string text;
    TokenId token;
    bool takes_left = false;  ///< the white space before it, too
    bool takes_right = false;
    bool is_word = false;  ///< only where no word character touches it
  };

  const AddedToken* added_at(std::string_view text, std::size_t at) const;
  void encode_stretch(std::string_view text, bool is_first, std::vector<TokenId>& tokens) const;
  void encode_piece(std::string_view piece, std::vector<TokenId>& tokens) const;
  static std::vector<std::string> cut(const PreTokenizer& by, std::vector<std::string> pieces, bool is_first);

  MergeRules rules_;
  std::vector<AddedToken> added_;  ///< the longest first
  std::bitset<256> added_begin_;   ///< with which bytes
  std::vector<Normalizer> normalizers_;
  std::vector<PreTokenizer> pre_tokenizers_;
  bool is_byte_level_ = false;
  bool falls_back_to_bytes_ = false;
  bool takes_whole_pieces_ = false;  ///< a piece that is a token is not merged
  bool joins_unknown_ = false;
  TokenId unknown_ = no_token;
};

}  // namespace convoke
