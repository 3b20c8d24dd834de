#pragma once
#include "domain/payload_reader.hpp"

namespace convoke {

// Parts of client_frames: what reads the larger payloads.

ClientAction read_chat(PayloadReader& payload);
/// A prompt of a tool server, where it stands by itself.
PromptUse read_prompt_use(PayloadReader& payload);
ResourceUse read_resource_use(PayloadReader& payload);

}  // namespace convoke
