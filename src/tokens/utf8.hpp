#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// True for well-formed UTF-8 (Unicode 16.0, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view text);

/// `text` with each maximal part of an ill-formed sequence replaced by U+FFFD, as the Unicode standard recommends
/// (section 3.9, "U+FFFD Substitution of Maximal Subparts") and as Python's `decode(errors="replace")` does it.
std::string replace_invalid_utf8(std::string_view text);

}  // namespace convoke
