#pragma once
#include "llm/openai_responses/request_encoder.hpp"
#include "llm/per_model.hpp"
#include "llm/provider_settings.hpp"
#include "llm/wire.hpp"

namespace convoke::openai_responses {

/// The Responses API, `POST /responses`.
class ResponsesWire final : public Wire {
 public:
  explicit ResponsesWire(const ProviderSettings& settings);

  WireRequest request_for(const Prompt& prompt) override;
  std::unique_ptr<ReplyBuilder> builder_for(const Prompt& prompt, Asked asked, WallTime now) override;
  bool adapt_to(const Prompt& prompt, const WireError& refusal) override;

 private:
  Secret api_key_;
  PerModel<ModelTraits> models_;
};

}  // namespace convoke::openai_responses
