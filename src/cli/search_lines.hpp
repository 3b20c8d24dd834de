#pragma once
#include <string>

#include "base/json.hpp"

namespace convoke {

/// What a `search` found, two lines a hit; with `is_terminal`, matches stand out. Pure.
std::string search_lines(const json::value& data, bool is_terminal);

}  // namespace convoke
