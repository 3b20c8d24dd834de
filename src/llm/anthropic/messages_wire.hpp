#pragma once
#include "llm/anthropic/claude_model.hpp"
#include "llm/per_model.hpp"
#include "llm/provider_settings.hpp"
#include "llm/wire.hpp"

namespace convoke::anthropic {

/// Anthropic Messages, `POST /messages`.
class MessagesWire final : public Wire {
 public:
  explicit MessagesWire(const ProviderSettings& settings);

  WireRequest request_for(const Prompt& prompt) override;
  std::unique_ptr<ReplyBuilder> builder_for(const Prompt& prompt, Asked asked, WallTime now) override;
  bool adapt_to(const Prompt& prompt, const WireError& refusal) override;

 private:
  Secret api_key_;
  PerModel<ClaudeModel> models_;
};

}  // namespace convoke::anthropic
