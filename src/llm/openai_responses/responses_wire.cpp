#include "llm/openai_responses/responses_wire.hpp"

#include "llm/openai_responses/reply_reader.hpp"

namespace convoke::openai_responses {

ResponsesWire::ResponsesWire(const ProviderSettings& settings) : api_key_(settings.api_key), models_(traits_of) {}

WireRequest ResponsesWire::request_for(const Prompt& prompt) {
  WireRequest request{.path = "/responses", .body = encode_request(prompt, models_.of(prompt.model))};
  if (prompt.response_format && models_.of(prompt.model).refused.contains("text")) request.unmet = "response_format";
  if (!api_key_.empty()) request.headers.emplace_back("Authorization", "Bearer " + api_key_.reveal());
  return request;
}

std::unique_ptr<ReplyBuilder> ResponsesWire::builder_for(const Prompt&, Asked asked, WallTime now) {
  return std::make_unique<ReplyReader>(std::move(asked), now);
}

bool ResponsesWire::adapt_to(const Prompt& prompt, const WireError& refusal) {
  return refusal.reply_error.kind == FailureKind::unsupported_parameter &&
         adapt_to_refusal(models_.of(prompt.model), refusal.parameter);
}

}  // namespace convoke::openai_responses
