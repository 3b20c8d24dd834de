#pragma once
#include <string>

#include "llm/openai_chat/dialect.hpp"
#include "llm/provider.hpp"
#include "llm/provider_settings.hpp"

namespace convoke::openai_chat {

/// What of the prompt's response_format this dialect cannot say; empty: it can, or there is none.
std::string unmet_format(const Prompt& prompt, const Dialect& dialect);

/// The body of `POST /chat/completions`, asking for a stream. Members come in a fixed order with messages and tools as
/// given, so the body of a longer conversation begins with the same messages: the provider's prompt cache stays warm.
/// Only members this dialect knows are written. A picture a tool returned follows in a user message, since a tool
/// message can hold text only.
std::string encode_request(const Prompt& prompt, const Dialect& dialect, const OpenRouterSettings& router = {});

}  // namespace convoke::openai_chat
