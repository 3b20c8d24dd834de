#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokens/vocabulary.hpp"

namespace convoke {

/// Byte-pair encoding by a list of rules, as Hugging Face's files hold it: the order of the rules, not the number of
/// the token they make, says which pair is joined first. For other vocabularies than those that ship with the program;
/// needs n log n time where `Vocabulary` needs n.
class MergeRules {
 public:
  /// A token the file knows, by its bytes.
  void add_token(std::string bytes, TokenId token) { tokens_.insert_or_assign(std::move(bytes), token); }
  /// The next rule. False when one of the three tokens is not known.
  bool add_rule(std::string_view left, std::string_view right);

  /// `no_token` when there is none.
  TokenId find(std::string_view bytes) const;
  std::size_t size() const { return tokens_.size(); }

  /// Joins pairs among `tokens`, which stand for a text from left to right, until no rule fits any more.
  void merge(std::vector<TokenId>& tokens) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Rule {
    std::uint32_t rank;
    TokenId made;
  };
  const Rule* rule(TokenId left, TokenId right) const;

  std::unordered_map<std::string, TokenId, Hash, std::equal_to<>> tokens_;
  std::unordered_map<std::uint64_t, Rule> rules_;  ///< by the pair
};

}  // namespace convoke
