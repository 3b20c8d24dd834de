#include "llm/openai_chat/chat_wire.hpp"

#include <algorithm>
#include <array>

#include "llm/openai_chat/reply_accumulator.hpp"
#include "llm/openai_chat/request_encoder.hpp"

namespace convoke::openai_chat {
namespace {

Flavour flavour_of(ProviderApi api) {
  switch (api) {
    case ProviderApi::openai:
    case ProviderApi::openai_chat: return Flavour::openai;
    case ProviderApi::openrouter: return Flavour::openrouter;
    case ProviderApi::groq: return Flavour::groq;
    case ProviderApi::openai_responses:
    case ProviderApi::openai_compatible:
    case ProviderApi::anthropic:
    case ProviderApi::demo: return Flavour::generic;
  }
  std::unreachable();
}

/// What servers say to a picture their model has no eyes for.
bool is_about_pictures(const WireError& refusal) {
  const FailureKind kind = refusal.reply_error.kind;
  const bool is_about_form = kind == FailureKind::invalid_request || kind == FailureKind::unsupported_parameter ||
                             kind == FailureKind::server;  // llama.cpp's status
  constexpr std::array<std::string_view, 5> phrases{"image_url", "image input", "support image", "multimodal",
                                                    "mmproj"};
  return is_about_form &&
         std::ranges::any_of(phrases, [&](std::string_view phrase) { return refusal.message.contains(phrase); });
}

bool has_pictures(const Prompt& prompt) {
  return std::ranges::any_of(prompt.messages, [](const Message& message) {
    return std::ranges::any_of(message.parts, [](const Part& part) {
      const ToolResult* result = std::get_if<ToolResult>(&part);
      return std::holds_alternative<Image>(part) || (result && !result->images.empty());
    });
  });
}

}  // namespace

ChatWire::ChatWire(const ProviderSettings& settings)
    : settings_(settings),
      dialects_([flavour = flavour_of(settings.api)](std::string_view model) { return dialect_for(flavour, model); }) {}

WireRequest ChatWire::request_for(const Prompt& prompt) {
  const Dialect& dialect = dialects_.of(prompt.model);
  WireRequest request{.path = "/chat/completions", .body = encode_request(prompt, dialect, settings_.openrouter)};
  request.unmet = unmet_format(prompt, dialect);
  if (!settings_.api_key.empty()) request.headers.emplace_back("Authorization", "Bearer " + settings_.api_key.reveal());
  if (dialect.flavour == Flavour::openrouter) {
    const OpenRouterSettings& router = settings_.openrouter;
    if (!router.app_url.empty()) request.headers.emplace_back("HTTP-Referer", router.app_url);
    if (!router.app_title.empty()) request.headers.emplace_back("X-OpenRouter-Title", router.app_title);
  }
  return request;
}

std::unique_ptr<ReplyBuilder> ChatWire::builder_for(const Prompt& prompt, Asked asked, WallTime now) {
  const Flavour flavour = dialects_.of(prompt.model).flavour;
  const bool think_tags = flavour == Flavour::generic || flavour == Flavour::groq;
  return std::make_unique<ReplyAccumulator>(
      ReplyOptions{.asked = std::move(asked), .think_tags = think_tags, .now = now});
}

bool ChatWire::adapt_to(const Prompt& prompt, const WireError& refusal) {
  Dialect& dialect = dialects_.of(prompt.model);
  if (dialect.images && has_pictures(prompt) && is_about_pictures(refusal)) {
    dialect.images = false;
    return true;
  }
  return refusal.reply_error.kind == FailureKind::unsupported_parameter && adapt_to_refusal(dialect, refusal.parameter);
}

}  // namespace convoke::openai_chat
