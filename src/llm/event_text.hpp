#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// Makes the JSON of a stream's events readable where servers cut characters: bytes that are not UTF-8 become U+FFFD,
/// and the two halves of a UTF-16 pair (`\ud83d` at the end of one event, `\ude00` in a later one) come together in the
/// later one. A half that stays alone becomes U+FFFD. Text without such things is not copied. Pure; one for each
/// stream.
class EventText {
 public:
  /// `data`, or what it was mended to; that lives until the next call.
  std::string_view mended(std::string_view data);

 private:
  void mend_escape(std::string_view data, std::size_t& at);

  std::string text_;
  std::string first_half_;  ///< an escape that ended its text, and waits for its other half
};

}  // namespace convoke
