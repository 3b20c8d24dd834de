#pragma once
#include <cstddef>
#include <string_view>

namespace convoke {

/// Where the first byte that is not UTF-8 stands; the length of `text` if there is none. What is cut off at the end
/// counts as wrong from where it begins. Pure.
std::size_t valid_utf8_prefix(std::string_view text);

}  // namespace convoke
