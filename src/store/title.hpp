#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// How many characters (code points) of a text its title keeps.
inline constexpr int max_title_characters = 80;

/// The beginning of `text` as one line: white space and control characters collapsed to single spaces, cut after
/// `max_title_characters` and never inside a character. Empty if `text` holds nothing else.
std::string title_of(std::string_view text);

}  // namespace convoke
