#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "llm/provider.hpp"

namespace convoke {

using HeaderFields = std::vector<std::pair<std::string, std::string>>;

/// What a provider said when it refused, taken from wherever this provider puts it.
struct Refusal {
  int status = 0;  ///< of HTTP; for an error inside a success the one the error names, else 0
  std::string message{};
  std::string type{};  ///< the provider's class of error; OpenRouter's finer `error_type` where there is one
  std::string code{};
  std::string parameter{};                          ///< the field of the request it complains about
  std::string limit_source{};                       ///< OpenRouter: which of its limits was hit
  bool final = false;                               ///< the provider itself says that asking again is useless
  std::optional<std::chrono::milliseconds> wait{};  ///< a wait named in the body
  HeaderFields headers{};
};

/// Reads `body`, the JSON of an error: an object with an `error` member (object or text), the older flat form, or an
/// array that holds one of these.
Refusal read_refusal(int status, const json::value& body, WallTime now);

FailureKind kind_of(const Refusal& refusal);

/// Whether to ask again: first the refusals no patience helps, then the provider's `x-should-retry`, then the status.
RetryAdvice advice_for(const Refusal& refusal, FailureKind kind);

/// How long to wait before asking again, in the order of trust: retry-after-ms, retry-after, the body, the message
/// ("try again in 4.77s"), and the reset of the limit whose remainder is 0. Nothing for zero and absurd values.
std::optional<std::chrono::milliseconds> wait_asked_by(const Refusal& refusal, WallTime now);

/// True for a request that alone is larger than the limit per minute: "… Limit 6000, Requested 6294 …".
bool exceeds_whole_limit(std::string_view message);

/// True where `refusal` says in one of the many ways that the prompt is longer than the model's context.
bool is_context_overflow(const Refusal& refusal);

}  // namespace convoke
