#pragma once
#include <string>

namespace convoke {

/// JSON as Boost writes it, with its numbers as people write them: `1.5` and `0.1` for `1.5E0` and `1E-1`. The same
/// values, to the last digit. Texts inside stay as they are. Pure.
std::string plain_numbers(std::string json);

}  // namespace convoke
