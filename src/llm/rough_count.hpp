#pragma once
#include "llm/provider.hpp"

namespace convoke {

/// About how many tokens these take, whatever the model: cheap, since it is done before every call.
std::int64_t rough_count(const Message& message);
std::int64_t rough_count(const Prompt& prompt);

}  // namespace convoke
