#pragma once
#include <cstdint>
#include <string_view>

namespace convoke {

/// About how many tokens a model makes of `text`, for models whose tokenizer is not known: a token for four bytes of
/// ASCII, and one for two bytes of anything else. Rather too many than too few, so that what fits by this count fits.
std::int64_t estimate_tokens(std::string_view text);

/// How much too low the estimate may be, as a share of the true number, for 19 of 20 texts of 4,000 characters:
/// measured on English prose, source code and messages in 150 languages. It may be twice too high in scripts of South
/// Asia.
inline constexpr double estimate_error = 0.5;

}  // namespace convoke
