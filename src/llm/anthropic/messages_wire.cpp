#include "llm/anthropic/messages_wire.hpp"

#include "llm/anthropic/reply_reader.hpp"
#include "llm/anthropic/request_encoder.hpp"

namespace convoke::anthropic {
namespace {

/// The newer 2026-10-21 refuses sampling for every model; nothing we need came with it.
constexpr std::string_view version = "2023-06-01";

}  // namespace

MessagesWire::MessagesWire(const ProviderSettings& settings) : api_key_(settings.api_key), models_(claude_model) {}

WireRequest MessagesWire::request_for(const Prompt& prompt) {
  WireRequest request{.path = "/messages", .body = encode_request(prompt, models_.of(prompt.model))};
  request.unmet = unmet_format(prompt, models_.of(prompt.model));
  request.headers.emplace_back("anthropic-version", version);
  if (!api_key_.empty()) request.headers.emplace_back("x-api-key", api_key_.reveal());
  return request;
}

std::unique_ptr<ReplyBuilder> MessagesWire::builder_for(const Prompt&, Asked asked, WallTime now) {
  return std::make_unique<ReplyReader>(std::move(asked), now);
}

bool MessagesWire::adapt_to(const Prompt& prompt, const WireError& refusal) {
  const FailureKind kind = refusal.reply_error.kind;
  if (kind != FailureKind::unsupported_parameter && kind != FailureKind::invalid_request) return false;
  return adapt_to_refusal(models_.of(prompt.model), refusal.parameter, refusal.message);
}

}  // namespace convoke::anthropic
