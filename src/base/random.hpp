#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// `prefix` and 26 random characters of base 32 (130 bits from the operating system): an identifier that cannot be
/// guessed and does not collide.
std::string random_id(std::string_view prefix);

/// A number in [0, 1), for jitter. Not for secrets.
double random_fraction();

}  // namespace convoke
