#pragma once
#include "domain/frames.hpp"
#include "llm/provider.hpp"

namespace convoke {

// What clients are told while a model has not begun to answer.

/// `queued`: the place in the queue and when the call should start.
Processing queued_notice(const WaitingTurn& waiting);
/// `fallback`: another model answers.
Processing fallback_notice(const FellBack& fallback);

}  // namespace convoke
