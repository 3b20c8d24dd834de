#pragma once
#include "llm/provider.hpp"

namespace convoke {

/// About how many tokens a message takes in a prompt, with what a provider adds around it.
std::int64_t count_tokens(const Message& message);

/// Our own figures, for a provider that sends none.
Usage estimate_usage(const Prompt& prompt, const Message& answer);

}  // namespace convoke
