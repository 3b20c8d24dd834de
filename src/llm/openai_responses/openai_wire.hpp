#pragma once
#include "llm/openai_chat/chat_wire.hpp"
#include "llm/openai_responses/responses_wire.hpp"

namespace convoke {

/// OpenAI's own two wires: the Responses API for the models that need it, chat completions for the others.
class OpenAiWire final : public Wire {
 public:
  explicit OpenAiWire(const ProviderSettings& settings) : chat_(settings), responses_(settings) {}

  WireRequest request_for(const Prompt& prompt) override { return wire_of(prompt).request_for(prompt); }
  std::unique_ptr<ReplyBuilder> builder_for(const Prompt& prompt, Asked asked, WallTime now) override {
    return wire_of(prompt).builder_for(prompt, std::move(asked), now);
  }
  bool adapt_to(const Prompt& prompt, const WireError& refusal) override {
    return wire_of(prompt).adapt_to(prompt, refusal);
  }

 private:
  Wire& wire_of(const Prompt& prompt) {
    if (openai_model(prompt.model).needs_responses) return responses_;
    return chat_;
  }

  openai_chat::ChatWire chat_;
  openai_responses::ResponsesWire responses_;
};

}  // namespace convoke
