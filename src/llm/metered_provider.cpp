#include "llm/metered_provider.hpp"

#include "base/random.hpp"
#include "llm/rough_count.hpp"

namespace convoke {
namespace {

/// What an answer is taken to have at most where nothing limits it: only of weight for a call whose end a crash hides.
constexpr std::int64_t usual_longest_answer = 4'096;

/// Whether a failed call that showed nothing may be billed all the same: the model was at work.
bool may_be_billed(const ReplyError& error) {
  return !error.partial.parts.empty() || error.error.code == Errc::timed_out ||
         error.kind == FailureKind::bad_tool_call || error.kind == FailureKind::content_filter;
}

/// What the provider had counted when an answer broke off, with our own count of what it had not counted yet.
Usage completed(Usage told, const Usage& own) {
  if (told == Usage{}) return own;
  if (told.cost || told.output_tokens >= own.output_tokens) return told;
  told.output_tokens = own.output_tokens;
  told.total_tokens = told.input_tokens + told.output_tokens;
  told.estimated = true;
  return told;
}

}  // namespace

/// One call, from before it is sent until its end is written down; cancellation ends it, too.
class MeteredProvider::OpenCall {
 public:
  OpenCall(MeteredProvider& owner, Prompt& prompt)
      : owner_(owner), account_(std::move(prompt.account)), asked_(prompt.model), began_(owner.clock_.now()) {
    call_.id = random_id("call_");
    call_.time = owner.clock_.wall();
    call_.provider = owner.metering_.pricing.name;
    call_.model = prompt.model;
    call_.key = owner.metering_.key;
    call_.origin = std::move(account_.origin);
    rough_input_ = rough_count(prompt);
    reserve(prompt);
  }
  ~OpenCall() {
    if (!is_open_) return;
    call_.usage = is_sent_ ? own_count(assistant_message(std::move(heard_))) : Usage{};
    close_unfinished(CallStatus::cancelled, "");
  }
  OpenCall(const OpenCall&) = delete;
  OpenCall& operator=(const OpenCall&) = delete;

  const ModelCall& reservation() const { return call_; }
  void sent() { is_sent_ = true; }
  /// It was never sent: there is nothing to write down.
  void withdraw() { is_open_ = false; }

  void hear(const Delta& delta) {
    if (const TextDelta* text = std::get_if<TextDelta>(&delta)) heard_ += text->text;
    if (const ReasoningDelta* thought = std::get_if<ReasoningDelta>(&delta)) heard_ += thought->text;
  }

  void close(ReplyResult& result) {
    if (result) return close_completed(*result);
    const ReplyError& error = result.error();
    Message partial = error.partial;
    if (partial.parts.empty() && !heard_.empty()) partial = assistant_message(heard_);
    const bool was_at_work = !heard_.empty() || may_be_billed(error) || error.usage != Usage{};
    call_.usage = was_at_work ? completed(error.usage, own_count(partial)) : Usage{};
    close_unfinished(CallStatus::failed, name_of(error.kind));
  }

 private:
  void reserve(const Prompt& prompt) {
    const Reservation reserved = account_.reserved ? *account_.reserved : own_reservation(prompt);
    call_.usage = {.input_tokens = reserved.input_tokens,
                   .output_tokens = reserved.output_tokens,
                   .total_tokens = reserved.input_tokens + reserved.output_tokens,
                   .estimated = true};
    call_.cost = reserved.cost;
    call_.cost_source = call_.cost ? CostSource::reserved : CostSource::unknown;
  }

  Reservation own_reservation(const Prompt& prompt) const {
    Reservation own{.input_tokens = rough_input_,
                    .output_tokens = prompt.max_output_tokens.value_or(usual_longest_answer)};
    const auto price = owner_.metering_.pricing.price_of(asked_);
    if (price) own.cost = most_it_can_cost(own.input_tokens, own.output_tokens, *price);
    return own;
  }

  void close_completed(Reply& reply) {
    if (reply.usage == Usage{} || reply.is_cut_by_us) reply.usage = completed(reply.usage, own_count(reply.message));
    call_.status = CallStatus::completed;
    call_.usage = reply.usage;
    if (!reply.model.empty()) call_.model = reply.model;
    write_down();
  }

  void close_unfinished(CallStatus status, std::string_view error) {
    call_.status = status;
    call_.error = error;
    write_down();
  }

  Usage own_count(const Message& answer) const {
    if (account_.count) return account_.count(answer);
    const bool is_empty = answer.parts.empty() || answer == assistant_message("");
    Usage usage{.input_tokens = rough_input_, .output_tokens = is_empty ? 0 : rough_count(answer), .estimated = true};
    usage.total_tokens = usage.input_tokens + usage.output_tokens;
    return usage;
  }

  void write_down() {
    is_open_ = false;
    const PricedCost priced = price_call(call_.usage, owner_.metering_.pricing, call_.model, asked_);
    call_.cost = priced.cost;
    call_.cost_source = priced.source;
    call_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(owner_.clock_.now() - began_);
    if (account_.on_call) account_.on_call(call_);
    if (owner_.metering_.close) owner_.metering_.close(std::move(call_));
  }

  MeteredProvider& owner_;
  CallAccount account_;
  const std::string asked_;
  const SteadyClock::time_point began_;
  ModelCall call_;
  std::int64_t rough_input_ = 0;
  std::string heard_;
  bool is_sent_ = false;
  bool is_open_ = true;
};

MeteredProvider::MeteredProvider(std::unique_ptr<Provider> inner, Metering metering, const Clock& clock)
    : inner_(std::move(inner)), metering_(std::move(metering)), clock_(clock) {}

Task<ReplyResult> MeteredProvider::reply(Prompt prompt, ShowDelta on_delta) {
  OpenCall call(*this, prompt);
  if (metering_.open) {
    const auto opened = co_await metering_.open(call.reservation());
    if (!opened) {
      call.withdraw();
      const Error error = during("noting what the call may cost", opened).error();
      co_return std::unexpected(ReplyError{.error = error, .kind = FailureKind::server});
    }
  }
  call.sent();
  ReplyResult result = co_await inner_->reply(std::move(prompt), [&](const Delta& delta) {
    call.hear(delta);
    on_delta(delta);
  });
  call.close(result);
  co_return std::move(result);
}

}  // namespace convoke
