// What kind of refusal it is and whether patience helps: the decisions of llm/refusal.hpp.
#include <algorithm>
#include <array>

#include "llm/refusal.hpp"

namespace convoke {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view value, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, value) != names.end();
}

template <std::size_t N>
bool has_one_of(std::string_view text, const std::array<std::string_view, N>& phrases) {
  return std::ranges::any_of(phrases, [&](std::string_view phrase) { return text.contains(phrase); });
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return text;
}

/// Providers put the same word now into `type`, now into `code`.
template <std::size_t N>
bool says(const Refusal& refusal, const std::array<std::string_view, N>& names) {
  return is_one_of(refusal.type, names) || is_one_of(refusal.code, names);
}

constexpr std::array<std::string_view, 7> billing_codes{
    "insufficient_quota", "credit_balance_exhausted",     "billing_hard_limit_reached",  "billing_error",
    "payment_required",   "enforced_spend_limit_reached", "contract_spend_limit_reached"};
constexpr std::array<std::string_view, 4> authentication_codes{"invalid_api_key", "authentication_error",
                                                               "authentication", "invalid_authentication"};
constexpr std::array<std::string_view, 4> permission_codes{"permission_error", "permission_denied",
                                                           "unsupported_country_region_territory", "permission"};
constexpr std::array<std::string_view, 4> model_codes{"model_not_found", "model_decommissioned", "not_found_error",
                                                      "not_found"};
constexpr std::array<std::string_view, 3> parameter_codes{"unsupported_parameter", "unsupported_value",
                                                          "unknown_parameter"};
constexpr std::array<std::string_view, 6> filter_codes{
    "content_policy_violation", "content_filter", "refusal", "bio_policy", "invalid_prompt", "content_policy"};
constexpr std::array<std::string_view, 3> rate_codes{"rate_limit_exceeded", "rate_limit_error", "rate_limited"};
constexpr std::array<std::string_view, 8> overload_codes{
    "overloaded_error",  "slow_down",         "server_is_overloaded", "provider_overloaded",
    "capacity_exceeded", "unavailable_error", "resource_unavailable", "service_unavailable_error"};
constexpr std::array<std::string_view, 3> request_codes{"invalid_request_error", "invalid_request", "BadRequestError"};

bool is_billing(const Refusal& refusal) {
  return refusal.status == 402 || says(refusal, billing_codes) || refusal.code.contains("billing");
}

/// The words of a server that is no model server, or is asked at the wrong address.
bool is_about_path(const Refusal& refusal) {
  constexpr std::array<std::string_view, 8> phrases{"url",   "path",     "page not found", "file not found",
                                                    "route", "endpoint", "cannot post",    "<"};
  const std::string message = lower_case(refusal.message);
  const bool says_nothing = refusal.type.empty() && refusal.code.empty() && (message.empty() || message == "not found");
  return says_nothing || has_one_of(std::string_view(message), phrases);
}

bool is_about_model(const Refusal& refusal) {
  if (refusal.code == "model_not_found" || refusal.code == "model_decommissioned") return true;
  if (refusal.message.contains("is not a valid model ID")) return true;
  if ((refusal.status == 404 || says(refusal, model_codes)) && lower_case(refusal.message).contains("model"))
    return true;
  // What a model server does not find in a request of ours can only be the model, unless it does not know the path.
  return (refusal.status == 404 || refusal.status == 410) && !is_about_path(refusal);
}

bool is_about_parameter(const Refusal& refusal) {
  if (says(refusal, parameter_codes)) return true;
  return refusal.status == 400 && !refusal.parameter.empty() &&
         has_one_of(std::string_view(refusal.message),
                    std::array<std::string_view, 4>{"is unsupported", "Unsupported parameter", "Unrecognized request",
                                                    "Extra inputs are not permitted"});
}

/// By status alone, when no word helped.
FailureKind kind_of_status(int status) {
  if (status == 401) return FailureKind::authentication;
  if (status == 403) return FailureKind::permission;
  if (status == 429) return FailureKind::rate_limit;
  if (status == 498 || status == 503 || status == 529) return FailureKind::overloaded;
  if (status == 0 || status >= 500 || status == 408 || status == 409 || status == 425) return FailureKind::server;
  return FailureKind::invalid_request;
}

/// As the official OpenAI and Anthropic SDKs do it, and the two more that say "later".
bool is_retryable_status(int status) {
  constexpr std::array<int, 5> retryable{408, 409, 425, 429, 498};
  return status >= 500 || std::ranges::find(retryable, status) != retryable.end();
}

std::optional<bool> should_retry_header(const HeaderFields& headers) {
  for (const auto& [name, value] : headers) {
    if (lower_case(name) != "x-should-retry") continue;
    if (value == "true") return true;
    if (value == "false") return false;
  }
  return std::nullopt;
}

/// A daily allowance is back in hours; no caller waits that long.
bool is_daily_limit(const Refusal& refusal) {
  return refusal.limit_source.ends_with("_daily") || refusal.message.contains("free-models-per-day");
}

}  // namespace

bool is_context_overflow(const Refusal& refusal) {
  constexpr std::array<std::string_view, 3> codes{"context_length_exceeded", "exceed_context_size_error",
                                                  "request_too_large"};
  constexpr std::array<std::string_view, 4> about_rate{"rate limit", "too many requests", "tokens per min", "throttl"};
  constexpr std::array<std::string_view, 18> phrases{"prompt is too long",
                                                     "maximum context length",
                                                     "exceeds the context window",
                                                     "exceeds the model context window",
                                                     "exceeds the model's context window",
                                                     "exceeds the available context size",
                                                     "reduce the length of the messages",
                                                     "greater than the context length",
                                                     "longer than the model's context length",
                                                     "longer than the models context length",
                                                     "maximum prompt length is ",
                                                     "context length exceeded",
                                                     "context_length_exceeded",
                                                     "exceeded model token limit",
                                                     "context window exceeds limit",
                                                     "prompt too long; exceeded",
                                                     "exceed context limit",
                                                     "input is too long for requested model"};
  const std::string message = lower_case(refusal.message);
  if (has_one_of(std::string_view(message), about_rate)) return false;
  if (says(refusal, codes) || has_one_of(std::string_view(message), phrases)) return true;
  const auto both = [&](std::string_view a, std::string_view b) { return message.contains(a) && message.contains(b); };
  return both("input token count", "exceeds the maximum") || both("too large for model with", "maximum context");
}

FailureKind kind_of(const Refusal& refusal) {
  const bool unreadable_call = refusal.code == "tool_use_failed" || refusal.code == "output_parse_failed";
  if (unreadable_call) return FailureKind::bad_tool_call;
  if (is_billing(refusal)) return FailureKind::billing;
  if (exceeds_whole_limit(refusal.message)) return FailureKind::too_large_for_rate;
  if (is_context_overflow(refusal)) return FailureKind::context_overflow;
  if (refusal.code == "invalid_function_parameters" || refusal.parameter.starts_with("tools[")) {
    return FailureKind::bad_tool_schema;
  }
  if (is_about_parameter(refusal)) return FailureKind::unsupported_parameter;
  if (says(refusal, filter_codes)) return FailureKind::content_filter;
  if (is_about_model(refusal)) return FailureKind::model_not_found;
  if (says(refusal, authentication_codes)) return FailureKind::authentication;
  if (says(refusal, permission_codes)) return FailureKind::permission;
  if (says(refusal, rate_codes)) return FailureKind::rate_limit;
  if (says(refusal, overload_codes)) return FailureKind::overloaded;
  if (refusal.status == 0 && says(refusal, request_codes)) return FailureKind::invalid_request;
  return kind_of_status(refusal.status);
}

RetryAdvice advice_for(const Refusal& refusal, FailureKind kind) {
  const bool hopeless = kind == FailureKind::billing || kind == FailureKind::too_large_for_rate ||
                        kind == FailureKind::context_overflow || refusal.final || is_daily_limit(refusal);
  if (hopeless) return RetryAdvice::never;
  if (refusal.code == "tool_use_failed") return RetryAdvice::cooler;
  if (kind == FailureKind::bad_tool_call) return RetryAdvice::unchanged;
  if (const auto told = should_retry_header(refusal.headers))
    return *told ? RetryAdvice::unchanged : RetryAdvice::never;
  const bool passing =
      kind == FailureKind::rate_limit || kind == FailureKind::overloaded || kind == FailureKind::server;
  const bool again = refusal.status == 0 ? passing : is_retryable_status(refusal.status);
  return again ? RetryAdvice::unchanged : RetryAdvice::never;
}

}  // namespace convoke
