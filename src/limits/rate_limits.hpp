#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace convoke::limits {

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;
using std::chrono::milliseconds;

/// Who goes ahead of whom.
enum class Priority { background, normal, urgent };

/// What may be limited over time. Concurrency and money are limited apart.
enum class Dimension {
  requests_per_minute,
  requests_per_day,
  tokens_per_minute,
  tokens_per_day,
  input_tokens_per_minute,  ///< of prompts, without what comes from the provider's cache
  output_tokens_per_minute,
};
inline constexpr std::array all_dimensions{Dimension::requests_per_minute,     Dimension::requests_per_day,
                                           Dimension::tokens_per_minute,       Dimension::tokens_per_day,
                                           Dimension::input_tokens_per_minute, Dimension::output_tokens_per_minute};
constexpr std::size_t index_of(Dimension dimension) { return static_cast<std::size_t>(dimension); }
constexpr bool counts_tokens(Dimension dimension) { return dimension >= Dimension::tokens_per_minute; }
constexpr bool is_daily(Dimension dimension) {
  return dimension == Dimension::requests_per_day || dimension == Dimension::tokens_per_day;
}
/// "requests_per_minute", …
std::string_view name_of(Dimension dimension);
/// A figure for each dimension.
using Amounts = std::array<std::int64_t, all_dimensions.size()>;

/// What one scope (a provider, a model, a key, a client) may use. 0: no limit.
struct RateLimits {
  Amounts per_dimension{};
  std::int64_t concurrent = 0;  ///< requests at once
  /// The share of a minute's limit that may be used at once, above 0, at most 1; the rest comes evenly. Always one
  /// call.
  double burst = 1;

  std::int64_t of(Dimension dimension) const { return per_dimension[index_of(dimension)]; }
  bool operator==(const RateLimits&) const = default;
};

/// What a number of calls use of a scope, or will.
struct Demand {
  std::int64_t requests = 1;
  std::int64_t tokens = 0;
  std::int64_t output = 0;  ///< part of tokens
  std::int64_t cached = 0;  ///< part of the rest: input that came from the provider's cache

  std::int64_t of(Dimension dimension) const {
    if (dimension == Dimension::input_tokens_per_minute) return tokens - output - cached;
    if (dimension == Dimension::output_tokens_per_minute) return output;
    return counts_tokens(dimension) ? tokens : requests;
  }
  bool operator==(const Demand&) const = default;
};

/// One limit as a provider's answer tells it. What it did not say is empty.
struct ReportedLimit {
  std::optional<std::int64_t> limit{};
  std::optional<std::int64_t> remaining{};
  std::optional<milliseconds> reset{};  ///< until all of it is there again
  bool operator==(const ReportedLimit&) const = default;
};

/// All that one answer tells about the provider's limits.
struct LimitReport {
  std::array<ReportedLimit, all_dimensions.size()> limits{};
  bool refused = false;                       ///< the call was turned away because of a limit
  std::optional<milliseconds> retry_after{};  ///< how long nothing should be asked

  ReportedLimit& of(Dimension dimension) { return limits[index_of(dimension)]; }
  const ReportedLimit& of(Dimension dimension) const { return limits[index_of(dimension)]; }
  bool operator==(const LimitReport&) const = default;
};

}  // namespace convoke::limits
