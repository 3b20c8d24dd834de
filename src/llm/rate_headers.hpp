#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "limits/rate_limits.hpp"

namespace convoke {

/// Over which time a provider counts the requests of its `x-ratelimit-*-requests` headers.
enum class RequestsPer { minute, day };

/// What the headers of an answer tell about the provider's limits: `x-ratelimit-{limit,remaining,reset}-{requests,
/// tokens}` (OpenAI, Groq and most who speak like them; resets as Go durations, seconds, or times),
/// `anthropic-ratelimit-…` (resets in RFC 3339), OpenRouter's `x-ratelimit-{limit,remaining,reset}`, `retry-after` and
/// `retry-after-ms`. Times are counted from the answer's own `date`, so that a provider's clock may be wrong; from
/// `now` where it has none. What cannot be read is left out.
limits::LimitReport read_rate_headers(const std::vector<std::pair<std::string, std::string>>& headers,
                                      RequestsPer requests_per, WallTime now);

/// What the words of a refusal tell: "… on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443 …".
limits::LimitReport read_rate_message(std::string_view message);

/// "2026-08-21T12:40:59Z", fractions of a second and offsets allowed (RFC 3339). Nothing for anything else.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace convoke
