#pragma once
#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/task.hpp"
#include "domain/message.hpp"
#include "domain/model_call.hpp"
#include "domain/response_format.hpp"
#include "limits/rate_limits.hpp"

namespace convoke {

/// A tool as the model sees it. `parameters` is a JSON Schema of an object, kept as its server sent it.
struct ToolDefinition {
  std::string name;
  std::string description{};
  json::object parameters{};
  bool operator==(const ToolDefinition&) const = default;
};

enum class ToolChoice {
  automatic,  ///< the model decides
  none,       ///< the tools stay in the prompt (its prefix is cached), but the model has to answer in words
};

/// How hard a model thinks before it speaks. Each provider has some of these; the nearest one it has is sent.
enum class ReasoningEffort { none, minimal, low, medium, high, xhigh, max };
std::string_view name_of(ReasoningEffort effort);
std::optional<ReasoningEffort> reasoning_effort_of(std::string_view name);

/// On whose behalf a model is asked, and how long that may take to begin.
struct CallTerms {
  std::string client{};  ///< whose calls take turns with those of others
  limits::Priority priority = limits::Priority::normal;
  std::optional<Deadline> deadline{};  ///< it begins before this or not at all; unset: as configured for the provider
  /// Another model will be asked rather than wait longer than this.
  std::optional<std::chrono::milliseconds> patience{};
  /// What it may cost at most, asked before each attempt. Unset: any amount. The answer is kept as short as that needs.
  std::function<Money()> money_left{};
  /// The tokens of the prompt, where the asker has counted them, and how far off that may be, as a share: 0 is exact.
  std::optional<std::int64_t> prompt_tokens{};
  double count_error = 0;
  /// Asked while the answer arrives: true ends it there, as if it had reached `max_output_tokens`. Unset: never.
  std::function<bool()> is_too_long{};
};

/// What is set aside for a call: the most it may take, as far as that can be known.
struct Reservation {
  std::optional<Money> cost{};  ///< nothing: its price is not known
  std::int64_t input_tokens = 0, output_tokens = 0;
};

/// How a call is accounted for: for whom and what for, and who wants to know.
struct CallAccount {
  CallOrigin origin{};
  /// Where somebody has worked that out already.
  std::optional<Reservation> reserved{};
  /// The asker's own count of what was used, for a provider that does not say. Unset: a rough estimate is made.
  std::function<Usage(const Message& answer)> count{};
  /// Told of each attempt when it has ended, before `reply` returns, or while it unwinds when it is cancelled.
  std::function<void(const ModelCall&)> on_call{};
};

/// One request to a model: everything it will see, in a stable order, so that the provider's prompt cache stays warm.
struct Prompt {
  std::string model{};
  std::vector<Message> messages{};  ///< a system message first, if any
  std::vector<ToolDefinition> tools{};
  ToolChoice tool_choice = ToolChoice::automatic;
  std::optional<double> temperature{};
  std::optional<double> top_p{};
  std::optional<int> max_output_tokens{};
  std::optional<ReasoningEffort> reasoning_effort{};
  std::optional<ResponseFormat> response_format{};
  CallAccount account{};
  CallTerms terms{};
};

/// A piece of an answer, as it arrives. Shown and forgotten; the whole comes in the Reply.
struct TextDelta {
  std::string_view text;
};
struct ReasoningDelta {
  std::string_view text;
};
/// The model has begun to write a call of this tool; its arguments are not complete yet.
struct ToolCallStarted {
  std::string_view name;
};
/// Nothing arrived, the provider is asked again. Only before the first word was shown.
struct Retrying {
  int attempt;  ///< 2 for the second
  std::chrono::milliseconds wait;
  std::string_view reason;
};
/// The answer broke off after its first word, and its rest is asked for.
struct Resuming {
  int attempt;  ///< 1 for the first
  std::string_view reason;
};
/// The call has not been sent yet; it waits its turn.
struct WaitingTurn {
  std::size_t place;  ///< 1 is next
  std::chrono::milliseconds eta;
  std::string_view reason;  ///< "rate_limit", "client_limit", "budget", "breaker"
};
/// Another model is asked instead. Only before the first word was shown.
struct FellBack {
  std::string_view provider, model;            ///< who is asked now
  std::string_view from_provider, from_model;  ///< who was
  std::string_view reason;
};
/// What the provider's answer tells about its limits: for whoever keeps to them, not for people.
struct LimitsTold {
  const limits::LimitReport& report;
};
using Delta =
    std::variant<TextDelta, ReasoningDelta, ToolCallStarted, Retrying, Resuming, WaitingTurn, FellBack, LimitsTold>;
/// Whether it is part of the answer: from the first of these on nothing may be asked again.
bool is_of_answer(const Delta& delta);
using ShowDelta = std::function<void(const Delta&)>;

enum class FinishReason {
  stop,
  length,
  tool_calls,
  content_filter,
  refusal,
  paused,   ///< the provider wants to be asked again with what it has said so far (Anthropic's pause_turn)
  cut_off,  ///< the connection broke, and what had arrived is the answer
};
std::string_view name_of(FinishReason reason);

/// A whole answer. `message` has the role assistant.
struct Reply {
  Message message{Role::assistant, {}};
  FinishReason finish_reason = FinishReason::stop;
  std::string model{};  ///< as the provider names it; may be more precise than the one asked for
  Usage usage{};
  std::string provider_request_id{};
  int resumed = 0;            ///< how often its rest had to be asked for
  bool is_cut_by_us = false;  ///< CallTerms::is_too_long: `usage` is what the provider had told by then
};

/// What a provider refused or broke, finer than Errc where somebody acts on the difference: a context that is too long
/// can be shortened, an outage can be handed to another provider, a wrong key cannot.
enum class FailureKind {
  authentication,
  billing,     ///< no credit left, a spending limit reached
  too_dear,    ///< it may cost more than its asker has left
  permission,  ///< the key may not do this
  model_not_found,
  context_overflow,    ///< the prompt is longer than the model's context
  too_large_for_rate,  ///< one request needs more tokens than a whole minute allows
  rate_limit,
  overloaded,
  bad_tool_schema,        ///< one of our tool definitions is refused
  bad_tool_call,          ///< the model wrote a call its own server cannot read
  unsupported_parameter,  ///< a field of our request is not known to this model
  content_filter,
  invalid_request,
  server,
  network,
  protocol,
};
std::string_view name_of(FailureKind kind);

/// Whether the same question may be asked again.
enum class RetryAdvice {
  never,
  unchanged,
  cooler,  ///< with a lower temperature: the model made a mistake a colder one makes less often
};

/// A failed call, with what had already arrived when it failed. `partial` has no parts if nothing had.
struct ReplyError {
  Error error;
  Message partial{Role::assistant, {}};
  FailureKind kind = FailureKind::protocol;
  RetryAdvice retry = RetryAdvice::never;
  Usage usage{};  ///< what the provider had counted by then; it bills an answer that broke off, too
};
using ReplyResult = std::expected<Reply, ReplyError>;

/// A model that answers. One call is one reply: when it returns, no work of it is left. Cancelling the caller ends the
/// request at the provider. `on_delta` runs on the calling loop, in order, not after the call has returned, and must
/// not block. Used from one loop only: each loop has its own.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual Task<ReplyResult> reply(Prompt prompt, ShowDelta on_delta) = 0;
};

}  // namespace convoke
