#include "chat/turn_guard.hpp"

#include <fmt/format.h>

#include <unordered_set>

namespace convoke {
namespace {

/// "timed out after 31 ms" and "timed out after 29 ms" are the same way to fail.
std::string without_numbers(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit) out += c;
    if (is_digit && !out.ends_with('#')) out += '#';
  }
  return out;
}

std::size_t fingerprint(const ToolCall& call, const ToolResult& result) {
  const std::string what = result.is_error ? without_numbers(result.text) : call.arguments + '\0' + result.text;
  return std::hash<std::string>{}(fmt::format("{}{}\n{}", call.name, result.is_error ? '!' : '=', what));
}

}  // namespace

std::string_view name_of(TurnLimit limit) {
  switch (limit) {
    case TurnLimit::tool_hops: return "tool_limit";
    case TurnLimit::time: return "time_limit";
    case TurnLimit::tokens: return "token_limit";
    case TurnLimit::cost: return "cost_limit";
    case TurnLimit::repeated_errors: return "repeated_errors";
    case TurnLimit::repeated_results: return "repeated_results";
  }
  std::unreachable();
}

Result<std::optional<TurnLimit>> TurnGuard::before_call(const Spent& spent, std::int64_t prompt_tokens) {
  if (const auto limit = passed_by(spent, prompt_tokens)) {
    ended_by_ = limit;
    return fail(exhausted(*limit, spent, prompt_tokens));
  }
  const bool is_last = is_last_call(spent, prompt_tokens);
  spent_before_ = spent.cost;
  return is_last ? last_because_ : std::nullopt;
}

Result<void> TurnGuard::before_side_call(const Spent& spent) const {
  if (const auto limit = passed_by(spent, 1)) return fail(exhausted(*limit, spent, 1));
  return {};
}

std::optional<Money> TurnGuard::money_left(const Spent& spent) const {
  if (!limits_.max_cost) return std::nullopt;
  return std::max(Money{}, *limits_.max_cost - spent.cost);
}

std::optional<TurnLimit> TurnGuard::passed_by(const Spent& spent, std::int64_t prompt_tokens) const {
  if (limits_.max_tokens > 0 && spent.tokens + prompt_tokens > limits_.max_tokens) return TurnLimit::tokens;
  if (limits_.max_cost && spent.cost > Money{} && spent.cost >= *limits_.max_cost) return TurnLimit::cost;
  return std::nullopt;
}

/// It is when there is no room for another one after it, which would be about as large. The first call is never the
/// last one for that: without having called tools the model needs no telling that it cannot.
bool TurnGuard::is_last_call(const Spent& spent, std::int64_t prompt_tokens) {
  if (hops_ == 0) return false;
  const Money last_one = spent.cost - spent_before_;
  if (repeats_) {
    last_because_ = repeats_;
  } else if (hops_ >= limits_.max_tool_hops) {
    last_because_ = TurnLimit::tool_hops;
  } else if (passed_by({spent.tokens + prompt_tokens, {}}, prompt_tokens)) {
    last_because_ = TurnLimit::tokens;
  } else if (limits_.max_cost && spent.cost + last_one + last_one > *limits_.max_cost) {
    last_because_ = TurnLimit::cost;
  }
  return last_because_.has_value();
}

void TurnGuard::note(const std::vector<Made>& calls) {
  ++hops_;
  std::unordered_set<std::size_t> in_this_reply;
  for (const auto& [call, result] : calls) {
    const std::size_t what = fingerprint(call, result);
    if (!in_this_reply.insert(what).second) continue;
    const int most = result.is_error ? limits_.max_repeated_errors : limits_.max_repeated_results;
    if (++seen_[what] < most || most == 0 || repeats_) continue;
    repeating_tool_ = call.name;
    repeats_ = result.is_error ? TurnLimit::repeated_errors : TurnLimit::repeated_results;
  }
}

std::string TurnGuard::last_words() const {
  switch (last_because_.value_or(TurnLimit::tool_hops)) {
    case TurnLimit::time: break;
    case TurnLimit::tool_hops:
      return fmt::format("You have used tools {} times, which is the limit. Answer now with what you have.", hops_);
    case TurnLimit::tokens:
    case TurnLimit::cost:
      return "This answer has cost nearly all it may. Give it now, briefly, with what you have and without tools.";
    case TurnLimit::repeated_errors:
      return fmt::format(
          "The tool '{}' has failed {} times in the same way. Do not try it again: answer now with what you have, and "
          "say what did not work.",
          repeating_tool_, limits_.max_repeated_errors);
    case TurnLimit::repeated_results:
      return fmt::format(
          "The tool '{}' has returned the same result for the same arguments {} times. Asking again will not change "
          "it: answer now with what you have.",
          repeating_tool_, limits_.max_repeated_results);
  }
  return "Answer now with what you have.";
}

Error TurnGuard::exhausted(TurnLimit limit, const Spent& spent, std::int64_t prompt_tokens) const {
  if (limit == TurnLimit::cost) {
    return {Errc::exhausted, fmt::format("the answer may not cost more than ${}", to_decimal(*limits_.max_cost)), {}};
  }
  const std::string wanted =
      spent.tokens == 0
          ? fmt::format("the question and what is sent with it take {} tokens", prompt_tokens)
          : fmt::format("{} tokens are used, and the next request to the model takes {}", spent.tokens, prompt_tokens);
  return {Errc::exhausted, fmt::format("{}; one turn may use {} in all", wanted, limits_.max_tokens), {}};
}

}  // namespace convoke
