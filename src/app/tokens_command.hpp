#pragma once
#include <iosfwd>

#include "app/command_line.hpp"

namespace convoke {

/// `convoke tokens`: a number for one text; for several, a line each with the file's name, and their sum. False when a
/// file could not be read, which `complaints` tells. That a count is an estimate is said there, too.
bool count_tokens(const TokensCommand& command, std::istream& input, std::ostream& output, std::ostream& complaints);

}  // namespace convoke
