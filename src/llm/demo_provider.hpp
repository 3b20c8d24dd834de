#pragma once
#include <chrono>

#include "llm/provider.hpp"

namespace convoke {

/// The whole answer of the built-in demo model: deterministic, from the prompt alone. It asks for an arithmetic tool
/// when the question needs one and such a tool is offered, tells a tool's result in a sentence, remembers what it was
/// asked before, and otherwise says what it can do. Its answers say that it is a demo. Pure.
Reply demo_answer(const Prompt& prompt);

/// The built-in model for people without a key, so that chat, tools and memory can be tried at once.
class DemoProvider final : public Provider {
 public:
  /// `pause` is waited before each word; zero streams as fast as possible.
  explicit DemoProvider(std::chrono::milliseconds pause = std::chrono::milliseconds(15)) : pause_(pause) {}

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  std::chrono::milliseconds pause_;
};

}  // namespace convoke
