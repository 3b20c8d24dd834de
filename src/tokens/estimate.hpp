#pragma once
#include <cstdint>
#include <string_view>

namespace convoke {

/// About how many tokens a model makes of `text`, for models whose tokenizer is not known: a token for four bytes of
/// ASCII, and one for two bytes of anything else. Rather too many than too few, so that what fits by this count fits.
std::int64_t estimate_tokens(std::string_view text);

}  // namespace convoke
