#pragma once
#include "llm/openai_chat/dialect.hpp"
#include "llm/per_model.hpp"
#include "llm/provider_settings.hpp"
#include "llm/wire.hpp"

namespace convoke::openai_chat {

/// Chat completions, `POST /chat/completions`, in the dialect of one provider.
class ChatWire final : public Wire {
 public:
  explicit ChatWire(const ProviderSettings& settings);

  WireRequest request_for(const Prompt& prompt) override;
  std::unique_ptr<ReplyBuilder> builder_for(const Prompt& prompt, Asked asked, WallTime now) override;
  bool adapt_to(const Prompt& prompt, const WireError& refusal) override;

 private:
  ProviderSettings settings_;
  PerModel<Dialect> dialects_;
};

}  // namespace convoke::openai_chat
