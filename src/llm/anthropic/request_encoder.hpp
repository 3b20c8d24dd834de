#pragma once
#include <string>

#include "llm/anthropic/claude_model.hpp"
#include "llm/provider.hpp"

namespace convoke::anthropic {

/// Names this wire in Reasoning::replay.
inline constexpr std::string_view replay_wire = "anthropic";

/// What of the prompt's response_format this model cannot be told; empty: it can, or there is none.
std::string unmet_format(const Prompt& prompt, const ClaudeModel& model);

/// The body of `POST /messages`, asking for a stream. Tools and system come first and in a fixed order, with marks that
/// let the provider cache what stays the same: after the system text, and after the newest two contributions of the
/// user. All results of one turn stand in one message, before anything else in it. Thoughts go back unchanged to the
/// model that had them, and to no other.
std::string encode_request(const Prompt& prompt, const ClaudeModel& model);

}  // namespace convoke::anthropic
