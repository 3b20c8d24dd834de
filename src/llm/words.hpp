#pragma once
#include <string_view>
#include <vector>

namespace convoke {

/// `text` cut behind each run of white space, so that the pieces joined are `text` again: "a  b\n" is "a  ", "b\n".
std::vector<std::string_view> words_of(std::string_view text);

}  // namespace convoke
