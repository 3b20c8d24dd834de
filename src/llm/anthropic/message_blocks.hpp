#pragma once
#include <string>
#include <vector>

#include "llm/provider.hpp"

namespace convoke::anthropic {

/// One message as Anthropic counts them: everything from one side until the other speaks. Each block is the JSON of an
/// object. Never without blocks.
struct BlockMessage {
  bool is_user = true;
  std::vector<std::string> blocks{};
};

/// The conversation of a prompt, without its system text. What the system says later stands among the words of the
/// user: beside the first it would change the beginning of the request. Empty words, which are refused, are left out.
std::vector<BlockMessage> block_messages(const Prompt& prompt);

}  // namespace convoke::anthropic
