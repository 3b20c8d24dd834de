#pragma once
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace convoke {

/// "host:port/database" of a PostgreSQL URL, for people. `invalid_input` if it is none; the message does not repeat it.
Result<std::string> location_of(const Secret& url);

}  // namespace convoke
