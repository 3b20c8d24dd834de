#pragma once
#include <string_view>
#include <vector>

#include "tokens/vocabulary.hpp"

namespace convoke {

/// How many tokens byte-pair merging makes of `piece`, which is not empty. Linear in its length; up to 128 bytes take
/// no memory from the heap.
std::size_t count_merged(const Vocabulary& vocabulary, std::string_view piece);

/// The same; appends the tokens to `tokens`.
void append_merged(const Vocabulary& vocabulary, std::string_view piece, std::vector<TokenId>& tokens);

}  // namespace convoke
