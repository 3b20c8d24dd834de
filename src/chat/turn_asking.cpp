// How a turn asks its model: what the prompt holds, and what comes back.
#include <fmt/format.h>

#include "chat/context.hpp"
#include "chat/turn.hpp"

namespace convoke {
namespace {

/// The most events that are read for a summary of a conversation that never had one.
constexpr std::size_t max_events = 4'000;
constexpr auto summary_patience = std::chrono::seconds(45);
/// Of what a summary is made at most, for each token the context has room for.
constexpr std::int64_t bytes_per_token = 4;

limits::Priority priority_of(const Question& question) {
  switch (question.priority) {
    case QuestionPriority::background: return limits::Priority::background;
    case QuestionPriority::normal: return limits::Priority::normal;
    case QuestionPriority::urgent: return limits::Priority::urgent;
  }
  std::unreachable();
}

/// The request for a summary with as much of `left_out` as the context has room for, beside the answer.
Task<Prompt> request_that_fits(const std::optional<Summary>& before, const std::vector<TurnEvents>& left_out,
                               int max_tokens, std::int64_t context_tokens, const MessageCounter& counter,
                               Executor workers) {
  const std::int64_t room = std::max<std::int64_t>(context_tokens - max_tokens, 1);
  std::int64_t bytes = room * bytes_per_token;
  for (;;) {
    Prompt request = summary_request(before, left_out, max_tokens, static_cast<std::size_t>(bytes));
    std::int64_t tokens = counter.reply_overhead();
    for (const Message& message : request.messages) tokens += co_await count_tokens(counter, workers, message);
    if (tokens <= room || bytes == 0) co_return request;
    bytes = bytes * room / tokens * 9 / 10;
  }
}

}  // namespace

/// Whether older events than these can be left in the store.
bool Turn::is_enough(const std::vector<Event>& history) const {
  if (!fills_context(history, room_)) return false;
  return !settings_->summary.enabled || reaches_summary(history) || history.size() >= max_events;
}

Task<Result<void>> Turn::begin_prompt(std::vector<Event> history) {
  const Executor& workers = services_.counting.workers;
  auto offered = co_await services_.offers.get(services_.tools.tools(), settings_, counter_, workers,
                                               [this](const Tool& tool) { return consent_.may_offer(tool); });
  tools_.use(std::move(offered), settings_->context.max_result_bytes);
  prompt_.begin({.model = model_.model,
                 .tools = tools_.offered().definitions,
                 .temperature = settings_->temperature,
                 .top_p = settings_->top_p,
                 .max_output_tokens = settings_->max_output_tokens,
                 .response_format = question_.response_format},
                tools_.offered().tokens);
  if (!settings_->system_prompt.empty()) {
    co_await prompt_.add(Place::fixed, system_message(settings_->system_prompt));
  }
  const Message question = message_of(question_);
  const std::int64_t question_tokens = co_await count_tokens(counter_, workers, question);
  CO_CHECK(check_fits(question_tokens));
  const std::int64_t summary_tokens = settings_->summary.enabled ? settings_->summary.max_tokens : 0;
  auto known = settings_->summary.enabled ? newest_summary(history) : std::nullopt;
  const std::int64_t fixed = prompt_.tokens() + question_tokens + summary_tokens;
  const auto chosen = choose_turns(std::move(history), room_, fixed);

  const auto summary = co_await sum_up(std::move(known), chosen.left_out);
  if (summary) {
    const Summary shown = within(*summary, summary_tokens, counter_);
    co_await prompt_.add(Place::fixed, summary_message(shown));
  }
  for (const TurnEvents& turn : chosen.shown) {
    for (ShownMessage& one : messages_of(turn, settings_->context.max_result_bytes)) {
      if (one.tokens > 0) {
        prompt_.add_counted(Place::past, std::move(one.message), one.tokens);
      } else {
        co_await prompt_.add(Place::past, std::move(one.message), std::move(one.result_id));
      }
    }
  }
  prompt_.add_counted(Place::fixed, question, question_tokens);
  co_return Result<void>{};
}

/// What is never left out must fit, or the provider would be sent, and paid for, more than was configured. `prompt_`
/// holds the rest of that.
Result<void> Turn::check_fits(std::int64_t question_tokens) {
  const std::int64_t room = room_.max_tokens - room_.reserve_tokens;
  if (prompt_.tokens() + question_tokens <= room) return {};
  const bool is_again = question_.where.kind == BranchPoint::Kind::again;
  wrong_member_ = is_again ? "payload.regenerate" : "payload.text";
  return fail(Errc::invalid_input,
              fmt::format("the question takes {} tokens, the system prompt and the tools {}; both together may have {} "
                          "(chat.service.context.max_tokens without reserve_tokens)",
                          question_tokens, prompt_.tokens(), room));
}

/// What was said in the turns that are left out, if that is wanted: from the record, or written now. Tried once in a
/// turn; without a new one, the one before has to do.
Task<std::optional<Summary>> Turn::sum_up(std::optional<Summary> known, const std::vector<TurnEvents>& left_out) {
  if (!settings_->summary.enabled) co_return std::nullopt;
  if (left_out.empty() || (known && known->covers >= last_event_of(left_out))) co_return known;
  journal_.append(Processing{"summarizing", "summing up what was said before", {}});
  auto written = co_await write_summary(known, left_out);
  if (written) co_return *std::move(written);
  log_.warning("summary.failed", {{"reason", written.error().message}});
  co_return known;
}

Task<Result<Summary>> Turn::write_summary(const std::optional<Summary>& before,
                                          const std::vector<TurnEvents>& left_out) {
  const SummarySettings& settings = settings_->summary;
  const ModelChoice writer =
      settings.model.empty() ? model_ : models_->choose(std::optional<std::string>(settings.model));
  const MessageCounter counter(services_.counting.counts, *writer.tokenizer);
  const std::int64_t context_tokens = by_our_count(settings_->context, writer.token_ratio).max_tokens;
  Prompt request = co_await request_that_fits(before, left_out, settings.max_tokens, context_tokens, counter,
                                              services_.counting.workers);
  request.model = writer.model;
  request.account = account_of("summary");
  request.terms.client = question_.client.empty() ? question_.conversation_id : question_.client;
  ++figures_.model_calls;
  const std::int64_t attempts_before = figures_.sums.calls;
  auto ask = [&]() -> Task<Result<Reply>> {
    auto reply = co_await writer.provider->reply(std::move(request), [](const Delta&) {});
    if (!reply) co_return std::unexpected(std::move(reply).error().error);
    co_return *std::move(reply);
  };
  CO_TRY(const Reply reply, co_await with_deadline(SteadyClock::now() + summary_patience, "a summary", ask()));
  if (figures_.sums.calls == attempts_before) figures_.usage += reply.usage;
  CO_TRY(std::string text, summary_in(reply));
  const Summary summary = within({std::move(text), last_event_of(left_out)}, settings.max_tokens, counter_);
  record_.summary(summary, reply);
  services_.metrics.summaries.add();
  co_return summary;
}

/// Calls on behalf of this turn, for the ledger. Every attempt adds to what the turn has used.
CallAccount Turn::account_of(std::string_view purpose) {
  return {.origin = {.purpose = std::string(purpose),
                     .user = question_.user,
                     .conversation_id = question_.conversation_id,
                     .request_id = question_.request_id},
          .on_call = [this](const ModelCall& call) { on_call(call); }};
}

/// One call of the model. The last one a turn may make is told that it has to do without tools.
Task<std::expected<Reply, Error>> Turn::ask_model(bool is_last) {
  Prompt prompt = prompt_.value();
  if (is_last) {
    prompt.tool_choice = ToolChoice::none;
    prompt.messages.push_back(system_message(guard_.last_words()));
  }
  prompt.account = account_of("chat");
  prompt.account.count = [this](const Message& answer) {
    const std::int64_t output = counter_.count_written(answer);
    return Usage{.input_tokens = prompt_.tokens(),
                 .output_tokens = output,
                 .total_tokens = prompt_.tokens() + output,
                 .estimated = true};
  };
  said_.clear();
  ++figures_.model_calls;
  const std::int64_t attempts_before = figures_.sums.calls;
  prompt.terms = {.client = question_.client.empty() ? question_.conversation_id : question_.client,
                  .priority = priority_of(question_),
                  .deadline = began_ + settings_->limits.max_duration,
                  .prompt_tokens = prompt_.tokens(),
                  .count_error = counter_.tokenizer().error()};
  if (settings_->limits.max_cost) prompt.terms.money_left = [this] { return *guard_.money_left(spent()); };
  model_.provider_name = models_->choose(question_.model).provider_name;  // another may have answered the last call
  services_.metrics.saved_tool_tokens.add(static_cast<std::uint64_t>(tools_.offered().saved_tokens));
  auto reply = co_await model_.provider->reply(std::move(prompt), [this](const Delta& delta) { on_delta(delta); });
  if (!reply) {
    if (reply.error().kind == FailureKind::too_dear) guard_.end_by(TurnLimit::cost);
    const bool is_about_format = question_.response_format &&
                                 reply.error().kind == FailureKind::unsupported_parameter &&
                                 reply.error().error.message.contains("response_format");
    if (is_about_format) wrong_member_ = "payload.response_format";
    draft_.drop();
    record_.partial(std::move(reply.error().partial), model_.model);
    co_return std::unexpected(std::move(reply.error().error));
  }
  said_before_ = said_before_ || !said_.empty();
  said_.clear();  // the reply holds it now
  draft_.drop();
  if (reply->usage == Usage{}) {
    const std::int64_t output = counter_.count_written(reply->message);
    reply->usage = {.input_tokens = prompt_.tokens(),
                    .output_tokens = output,
                    .total_tokens = prompt_.tokens() + output,
                    .estimated = true};
  }
  // Where calls are accounted for, this one was counted as it ended.
  if (figures_.sums.calls == attempts_before) figures_.usage += reply->usage;
  if (!reply->model.empty()) model_.model = reply->model;
  co_return *std::move(reply);
}

}  // namespace convoke
