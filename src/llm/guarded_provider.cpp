#include "llm/guarded_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "llm/rate_headers.hpp"
#include "llm/rough_count.hpp"
#include "tokens/estimate.hpp"

namespace convoke {

using limits::Health;
using limits::LimitReport;
using limits::Outcome;
using limits::Reason;
using std::chrono::milliseconds;

namespace {

/// Only what is bounded can be kept within a budget.
constexpr int longest_answer_under_budget = 16'384;
/// Of an answer that is kept short because it may not cost more. With less there is no use in asking.
constexpr std::int64_t shortest_answer = 32;

ReplyError error_of(const limits::Refused& refused) {
  ReplyError error{.error = {Errc::rate_limited, refused.message, {}}, .kind = FailureKind::rate_limit};
  if (refused.retry_after) error.error.retry_after = std::chrono::ceil<milliseconds>(*refused.retry_after);
  switch (refused.reason) {
    case Reason::rate_limit:
    case Reason::client_limit:
    case Reason::queue_full: break;
    case Reason::breaker: error.error.code = Errc::unavailable, error.kind = FailureKind::overloaded; break;
    case Reason::budget:
    case Reason::unknown_price: error.error.code = Errc::exhausted, error.kind = FailureKind::billing; break;
    case Reason::too_large: error.error.code = Errc::invalid_input, error.kind = FailureKind::too_large_for_rate; break;
  }
  return error;
}

ReplyError too_dear(Money most, Money left) {
  const auto message = fmt::format("the request may cost up to ${}, and ${} is left of what the answer may cost",
                                   to_decimal(most), to_decimal(left));
  return {.error = {Errc::exhausted, message, {}}, .kind = FailureKind::too_dear};
}

/// What a refused call tells about the limit it met.
LimitReport report_of(const Error& error) {
  LimitReport report = read_rate_message(error.message);
  report.refused = true;
  report.retry_after = error.retry_after;
  return report;
}

}  // namespace

GuardedProvider::GuardedProvider(std::unique_ptr<Provider> inner, Guarding guarding, CallGate& gate, const Clock& clock,
                                 Log log)
    : inner_(std::move(inner)), guarding_(std::move(guarding)), gate_(gate), clock_(clock), log_(std::move(log)) {}

Task<ReplyResult> GuardedProvider::reply(Prompt prompt, ShowDelta on_delta) {
  Size size = size_up(prompt);
  if (prompt.terms.money_left && size.cost) {
    const Money left = prompt.terms.money_left();
    if (!make_affordable(prompt, size, left)) co_return std::unexpected(too_dear(*size.cost, left));
  }
  const limits::Ask ask = ask_for(prompt, size);
  auto pass = co_await gate_.enter(ask, [&](const limits::Queued& queued) {
    on_delta(WaitingTurn{queued.place, std::chrono::ceil<milliseconds>(queued.eta), name_of(queued.reason)});
  });
  if (!pass) co_return std::unexpected(error_of(pass.error()));
  prompt.account.reserved = Reservation{size.cost, size.longest_prompt, size.answer};
  co_return co_await call(std::move(prompt), std::move(on_delta), size, *std::move(pass));
}

GuardedProvider::Size GuardedProvider::size_up(Prompt& prompt) const {
  Size size;
  double error = estimate_error;
  const Calibration& calibration = gate_.calibration();
  size.estimated = prompt.terms.prompt_tokens.value_or(0);
  if (size.estimated > 0) error = prompt.terms.count_error;
  if (size.estimated <= 0) size.estimated = rough_count(prompt);
  size.prompt =
      error > 0 ? calibration.prompt_tokens(guarding_.provider, prompt.model, size.estimated) : size.estimated;
  const auto& price = size.price = guarding_.pricing.price_of(prompt.model);
  if (!prompt.max_output_tokens) prompt.max_output_tokens = guarding_.max_tokens;
  const bool money_matters = guarding_.has_budget || prompt.terms.money_left;
  if (money_matters && !prompt.max_output_tokens) {
    const std::int64_t longest = price && price->max_output_tokens > 0 ? price->max_output_tokens : INT32_MAX;
    prompt.max_output_tokens = static_cast<int>(std::min<std::int64_t>(longest, longest_answer_under_budget));
  }
  size.count_error = error;
  size.is_paid_for = money_matters && price;
  size.answer = prompt.max_output_tokens ? *prompt.max_output_tokens
                                         : calibration.answer_tokens(guarding_.provider, prompt.model);
  size.longest_prompt = static_cast<std::int64_t>(std::ceil(static_cast<double>(size.prompt) * (1 + error)));
  if (price) size.cost = most_it_can_cost(size.longest_prompt, size.answer, *price);
  return size;
}

bool GuardedProvider::make_affordable(Prompt& prompt, Size& size, Money left) {
  const auto cost = [&](std::int64_t answer) { return most_it_can_cost(size.longest_prompt, answer, *size.price); };
  if (*size.cost <= left) return true;
  std::int64_t affordable = 0, too_long = size.answer;
  while (too_long - affordable > 1) {
    const std::int64_t middle = std::midpoint(affordable, too_long);
    (cost(middle) <= left ? affordable : too_long) = middle;
  }
  if (affordable < shortest_answer) return false;
  size.answer = affordable;
  size.cost = cost(affordable);
  prompt.max_output_tokens = static_cast<int>(affordable);
  return true;
}

OutputLimit GuardedProvider::output_limit(const Prompt& prompt, const Size& size) {
  const bool is_exact = prompt.account.count && size.count_error <= 0;
  return {size.answer, is_exact, [count = prompt.account.count](const Message& answer) {
            return count ? count(answer).output_tokens : rough_count(answer);
          }};
}

limits::Ask GuardedProvider::ask_for(const Prompt& prompt, const Size& size) const {
  const auto now = clock_.now();
  auto deadline = now + guarding_.queue_timeout;
  if (prompt.terms.deadline) deadline = std::min(deadline, *prompt.terms.deadline);
  if (prompt.terms.patience) deadline = std::min(deadline, now + *prompt.terms.patience);
  // Even without patience something that may go at once goes.
  return {.provider = guarding_.provider,
          .model = prompt.model,
          .key = guarding_.key,
          .client = prompt.terms.client,
          .user = prompt.account.origin.user,
          .tokens = size.prompt + size.answer,
          .output = size.answer,
          .least_tokens = size.prompt,
          .cost = size.cost,
          .priority = prompt.terms.priority,
          .deadline = deadline};
}

Health GuardedProvider::health_of(const ReplyResult& result, std::optional<limits::Duration> first_word) const {
  const bool is_slow = guarding_.slow_call > milliseconds(0) && first_word && *first_word > guarding_.slow_call;
  if (result) return is_slow ? Health::failing : Health::good;
  if (result.error().error.code == Errc::cancelled) return Health::unknown;
  switch (result.error().kind) {
    case FailureKind::overloaded:
    case FailureKind::server:
    case FailureKind::network:
    case FailureKind::protocol: return Health::failing;
    default: return Health::good;  // it answered, and what was wrong was the request
  }
}

/// The prompt lives in this coroutine: what is cancelled settles while it unwinds.
Task<ReplyResult> GuardedProvider::call(Prompt prompt, ShowDelta on_delta, Size size, CallGate::Pass pass) {
  std::optional<ModelCall> account;
  std::optional<limits::Duration> first_word;
  const auto began = clock_.now();
  const std::string model = prompt.model;
  const auto outcome = [&](Health health) {
    Outcome ended{.health = health};
    if (account) {
      const Usage& used = account->usage;
      ended.tokens = used.input_tokens + used.output_tokens;
      ended.output = used.output_tokens;
      ended.cached = std::clamp<std::int64_t>(used.cached_tokens, 0, used.input_tokens);
    }
    if (account) ended.cost = account->cost;
    return ended;
  };
  struct Settlement {
    std::function<void()> settle;
    ~Settlement() {
      if (settle) settle();
    }
  };
  Settlement given_up{[&] { pass.settle(outcome(Health::unknown)); }};

  OutputLimit paid_for = output_limit(prompt, size);
  if (size.is_paid_for) prompt.terms.is_too_long = [&paid_for] { return paid_for.is_passed(); };
  prompt.account.on_call = [&account, tell = std::move(prompt.account.on_call)](const ModelCall& ended) {
    account = ended;
    if (tell) tell(ended);
  };
  ReplyResult result = co_await inner_->reply(std::move(prompt), [&](const Delta& delta) {
    if (const LimitsTold* told = std::get_if<LimitsTold>(&delta)) return pass.report(told->report);
    if (is_of_answer(delta) && !first_word) first_word = clock_.now() - began;
    if (size.is_paid_for) paid_for.hear(delta);
    on_delta(delta);
  });

  if (result && result->is_cut_by_us) {
    log_.warning("llm.max_tokens_ignored", {{"provider", guarding_.provider},
                                            {"model", model},
                                            {"max_tokens", paid_for.reserved()},
                                            {"counted", paid_for.counted()}});
  }
  Outcome ended = outcome(health_of(result, first_word));
  ended.rate_limited = !result && result.error().kind == FailureKind::rate_limit;
  if (ended.rate_limited) pass.report(report_of(result.error().error));
  if (result && !result->usage.estimated) {
    gate_.calibration().learn(guarding_.provider, model, size.estimated, result->usage.input_tokens,
                              result->usage.output_tokens);
  }
  given_up.settle = nullptr;
  pass.settle(ended);
  co_return std::move(result);
}

}  // namespace convoke
