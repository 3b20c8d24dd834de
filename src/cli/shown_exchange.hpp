#pragma once
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace convoke {

/// What a person should know of an answer that did not come to its end by itself, or not as they may have wished, with
/// what they can do; empty for any other. `finish_reason`: as frames and the log name it.
std::string ending_words(std::string_view finish_reason);

/// The newest question on a page of events, with what was answered and how that ended: where a conversation that is
/// opened goes on. Safe to show. Empty where there is none.
std::string newest_exchange(const json::array& events);

}  // namespace convoke
