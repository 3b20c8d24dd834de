#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// `text`, which is valid UTF-8, in Unicode's normalization form C (Unicode Standard Annex 15), by Unicode 14.0.
std::string to_nfc(std::string_view text);

}  // namespace convoke
