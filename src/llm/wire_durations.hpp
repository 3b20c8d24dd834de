#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace convoke {

/// The duration at the start of `text` in Go's notation, as rate-limit headers write it: "1s", "120ms", "1m26.4s",
/// "24h0m0s". What follows it is ignored, so "4.77s. Visit …" is 4.77 seconds. Nothing where none begins.
std::optional<std::chrono::milliseconds> parse_go_duration(std::string_view text);

/// A decimal number of `unit`s ("2", "0.5"). Nothing for anything else, or for more than a year.
std::optional<std::chrono::milliseconds> parse_decimal(std::string_view text, std::chrono::milliseconds unit);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7, the one form senders may still use).
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace convoke
