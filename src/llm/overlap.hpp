#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// How many bytes at the start of `more`, the continuation of an answer that broke off, say again what `said` ends with
/// (or say the whole of it again from its beginning). An ellipsis in front of it counts too. What is repeated begins at
/// a word: "…the ca" and "and so" share only a letter, not a word, and nothing is cut. Pure.
std::size_t overlap(std::string_view said, std::string_view more);

/// The same for a continuation that arrives in pieces: holds back what may still turn out to be said already. The
/// result does not depend on where the pieces are cut.
class OverlapFilter {
 public:
  explicit OverlapFilter(std::string said);

  /// The words to show now, which may be none.
  std::string feed(std::string_view piece);
  /// Whether it has begun and not got beyond what was said. Then no word of it has been shown.
  bool only_repeats() const { return !is_decided_ && !held_.empty() && said_.contains(held_); }
  /// The continuation has ended: the words held back.
  std::string finish();

 private:
  bool may_grow() const;

  std::string said_;
  std::string held_;
  bool is_decided_ = false;
};

}  // namespace convoke
