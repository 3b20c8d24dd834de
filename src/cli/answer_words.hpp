#pragma once
#include <algorithm>
#include <string>
#include <string_view>

namespace convoke {

/// The words of an answer that may be told anew from its beginning, as after a restart of the server: each is shown
/// once.
class AnswerWords {
 public:
  /// What comes next is the beginning again.
  void begin_anew() { at_ = 0; }

  /// What of the next `words` is to be shown. Where they are others than before, all of them, on a line of their own.
  std::string take(std::string_view words) {
    const bool is_same = std::string_view(shown_).substr(at_).starts_with(words.substr(0, shown_.size() - at_));
    std::string fresh(is_same ? words.substr(std::min(words.size(), shown_.size() - at_)) : words);
    if (!is_same) shown_.resize(at_);
    at_ += words.size();
    shown_ += fresh;
    return is_same ? fresh : "\n\n" + fresh;
  }

 private:
  std::string shown_;
  std::size_t at_ = 0;  ///< how far this telling has come
};

}  // namespace convoke
