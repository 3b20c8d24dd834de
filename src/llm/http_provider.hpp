#pragma once
#include <memory>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "llm/provider.hpp"
#include "llm/provider_settings.hpp"
#include "llm/wire.hpp"
#include "net/http_client.hpp"

namespace convoke {

/// A provider asked over HTTP, in whatever wire it speaks: the whole path of a request on one page. What a model
/// refuses in the form of a request is learned by the wire: the request is sent once more without it, and later ones do
/// without it from the start.
class HttpProvider final : public Provider {
 public:
  /// The client and the clock must outlive it. Settings' model, temperature, top_p, max_tokens and reasoning_effort are
  /// the values for prompts that bring none.
  HttpProvider(ProviderSettings settings, std::unique_ptr<Wire> wire, net::HttpClient& http, const Clock& clock,
               Log log);

  Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) override;

 private:
  struct Attempt {
    ReplyResult result;
    std::optional<WireError> refusal{};  ///< set where the answer was an HTTP error
  };

  void fill_in_defaults(Prompt& prompt) const;
  net::HttpRequest request_for(const Prompt& prompt, std::string& unmet);
  Task<Attempt> attempt(const Prompt& prompt, const ShowDelta& on_delta);

  ProviderSettings settings_;
  std::unique_ptr<Wire> wire_;
  net::HttpClient& http_;
  const Clock& clock_;
  Log log_;
};

}  // namespace convoke
