#pragma once
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "llm/openai_chat/dialect.hpp"
#include "llm/openai_chat/reply_stream.hpp"
#include "llm/provider.hpp"
#include "llm/provider_settings.hpp"
#include "net/http_client.hpp"

namespace convoke {

/// Speaks OpenAI's chat completions over HTTP, in the dialect of the settings' provider. What a model refuses in the
/// form of a request is learned: the request is sent once more without it, and later ones do without it from the start.
class OpenAiChatProvider final : public Provider {
 public:
  /// The client and the clock must outlive it. Settings' model, temperature, top_p and max_tokens are the values for
  /// prompts that bring none.
  OpenAiChatProvider(ProviderSettings settings, net::HttpClient& http, const Clock& clock, Log log);

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  struct Attempt {
    ReplyResult result;
    std::string refused_parameter;  ///< "" unless the request's form was refused
  };

  void fill_in_defaults(Prompt& prompt) const;
  net::HttpRequest request_for(const Prompt& prompt, const openai_chat::Dialect& dialect) const;
  Task<Attempt> attempt(const Prompt& prompt, const openai_chat::Dialect& dialect, const ShowDelta& on_delta);
  openai_chat::Dialect& dialect_of(const std::string& model);

  ProviderSettings settings_;
  net::HttpClient& http_;
  const Clock& clock_;
  Log log_;
  std::map<std::string, openai_chat::Dialect> dialects_;  ///< by model, with what each has refused
};

}  // namespace convoke
