#include "chat/turn.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/random.hpp"
#include "chat/branching.hpp"
#include "chat/notices.hpp"

namespace convoke {

using namespace asio::experimental::awaitable_operators;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

/// The member of a `chat` that says where its question goes.
std::string member_for(BranchPoint::Kind kind) {
  switch (kind) {
    case BranchPoint::Kind::end: return "payload.conversation_id";
    case BranchPoint::Kind::after: return "payload.parent";
    case BranchPoint::Kind::instead_of: return "payload.edit";
    case BranchPoint::Kind::again: return "payload.regenerate";
  }
  std::unreachable();
}

}  // namespace

TurnMetrics::TurnMetrics(Metrics& metrics)
    : all(metrics),
      running(metrics.gauge("turns_running", "Turns that are being answered now.")),
      first_chunk(metrics.histogram("first_chunk_seconds", "From a question to the first words of its answer.")),
      duration(metrics.histogram("turn_seconds", "From a question to the end of its answer.")),
      saved_tool_tokens(metrics.counter("tool_definition_tokens_saved_total",
                                        "Tokens of tool definitions that were searched instead of sent.")),
      summaries(metrics.counter("summaries_total", "Summaries of what a prompt had no room for.")) {}

Turn::Turn(Executor executor, TurnServices services, std::shared_ptr<const ChatSettings> settings,
           std::shared_ptr<const Models> models, Question question, TurnJournal& journal)
    : executor_(executor),
      services_(services),
      settings_(std::move(settings)),
      models_(std::move(models)),
      question_(std::move(question)),
      model_(models_->choose(question_.model)),
      id_(random_id("t_")),
      log_(services.log.with(
          {{"turn_id", id_}, {"request_id", question_.request_id}, {"conversation_id", question_.conversation_id}})),
      journal_(journal),
      inputs_(executor, services.clock, journal, settings_->approvals.timeout, log_),
      consent_(settings_->approvals, services.approvals, services.tools, inputs_, question_.conversation_id),
      sampling_(settings_->sampling, *models_, question_.model, inputs_),
      writes_(executor, log_),
      record_(executor, services.store, services.clock, writes_, question_, services.counting.workers,
              {services.counting.counts, *model_.tokenizer, picture_rule_for_model(model_.model)},
              settings_->context.max_result_bytes),
      draft_(executor, services.store, writes_, question_),
      counter_(services.counting.counts, *model_.tokenizer, picture_rule_for_model(model_.model)),
      room_(by_our_count(settings_->context, model_.token_ratio)),
      tools_(services.tools, services.store, question_.conversation_id),
      guard_(settings_->limits),
      prompt_(counter_, services.counting.workers, room_),
      stop_signal_(executor),
      began_(services.clock.now()) {
  services_.metrics.running.add(1);
  journal_.append(Processing{"", "", {{"conversation_id", question_.conversation_id}, {"model", model_.model}}});
}

Task<> Turn::run() { co_await writes_.run(answer_or_stop()); }

void Turn::stop(StopReason reason) {
  if (stop_reason_ || journal_.ended()) return;
  stop_reason_ = reason;
  stop_signal_.notify();
}

Result<void> Turn::answer_input(const std::string& input_id, InputAnswer answer) {
  return inputs_.answer(input_id, std::move(answer));
}

/// The time the user takes to answer a question is not the turn's.
Task<> Turn::stop_requested() {
  while (!stop_reason_) {
    const auto deadline = began_ + settings_->limits.max_duration + inputs_.waited();
    if (services_.clock.now() >= deadline) {
      stop_reason_ = StopReason::too_long;
    } else {
      co_await stop_signal_.wait_until(deadline);
    }
  }
}

Task<> Turn::answer_or_stop() {
  auto recorded = co_await services_.store.turns_of_request(question_.request_id);
  if (replayed(std::move(recorded))) co_return;
  auto history = co_await load_history();
  if (!history && history.error().code != Errc::unavailable) {
    co_return end(EventType::turn_failed, "refused", Failed{std::move(history).error(), wrong_member_});
  }
  wrong_member_.clear();
  record_.question(parent_);
  auto ended = co_await (answer(std::move(history)) || stop_requested());
  if (ended.index() == 1) co_return co_await finish_stopped();
  Result<Outcome>& outcome = std::get<0>(ended);
  if (outcome) co_return co_await finish(*std::move(outcome));
  co_return co_await finish_failed(std::move(outcome).error());
}

/// Answers from the record when this request was answered before.
bool Turn::replayed(Result<std::vector<RecordedTurn>> recorded) {
  if (!recorded) {
    end(EventType::turn_failed, "failed", Failed{std::move(recorded).error()});
    return true;
  }
  auto decision = decide_repeat(question_, *std::move(recorded));
  if (const ReplayTurn* repeat = std::get_if<ReplayTurn>(&decision)) {
    is_replay_ = true;
    for (FrameBody& frame : replay(repeat->turn, *settings_)) {
      if (is_last(frame)) {
        end(EventType::turn_completed, "replayed", std::move(frame));
      } else {
        journal_.append(std::move(frame));
      }
    }
    return true;
  }
  if (std::holds_alternative<RefuseAsConflict>(decision)) {
    end(EventType::turn_failed, "refused",
        Failed{{Errc::conflict,
                fmt::format("request_id '{}' was used for another question in this conversation", question_.request_id),
                {}},
               "request_id"});
    return true;
  }
  if (!question_.may_ask) {
    end(EventType::turn_failed, "refused", Failed{{Errc::not_found, "this turn has no end on record", {}}});
    return true;
  }
  return false;
}

/// A turn was counted by the tokenizer of the model that answered it. Where that was another than ours, it is counted
/// anew. Pages come newest first, and answers stand behind their questions.
Task<> Turn::recount(std::vector<Event>& events) {
  for (const Event& event : events) {
    if (!event.model.empty()) models_of_turns_[event.request_id] = event.model;
  }
  for (Event& event : events) {
    const auto by = models_of_turns_.find(event.request_id);
    const bool is_ours = by == models_of_turns_.end() || by->second == model_.model ||
                         &tokenizer_for_model(by->second) == model_.tokenizer;
    if (is_ours || event.token_count == 0) continue;
    event.token_count =
        co_await count_tokens(counter_, services_.counting.workers, event, settings_->context.max_result_bytes);
  }
}

/// What was said before the place where the question goes.
Task<Result<std::vector<Event>>> Turn::load_history() {
  constexpr int page = 64;
  std::vector<Event> events;
  wrong_member_ = member_for(BranchPoint::Kind::end);
  if (question_.where.kind != BranchPoint::Kind::end) {
    // Some places are found without a look at the conversation, which may be deleted.
    CO_CHECK(co_await services_.store.path(question_.conversation_id, 0, 1));
    wrong_member_ = member_for(question_.where.kind);
  }
  CO_TRY(Sequence leaf, co_await find_place());
  while (leaf != from_the_start) {
    CO_TRY(std::vector<Event> older, co_await services_.store.path(question_.conversation_id, leaf, page));
    co_await recount(older);
    const bool is_all = older.size() < page || older.front().parent == 0;
    events.insert(events.begin(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
    if (is_all || is_enough(events)) break;
    leaf = events.front().parent;
  }
  co_return events;
}

/// Finds out what the question follows, for the record, and returns where its history ends: an event,
/// `from_the_start`, or 0 for the newest.
Task<Result<Sequence>> Turn::find_place() {
  const BranchPoint where = question_.where;
  if (where.kind == BranchPoint::Kind::end) co_return 0;
  CO_TRY(QuestionPlace place, co_await place_of(services_.store, question_.conversation_id, where));
  if (where.kind == BranchPoint::Kind::again) {
    question_.text = place.question;
    question_.materials = std::move(place.parts);
    question_.is_text_said = false;  // it is among them
  } else if (question_.keeps_images) {
    std::ranges::move(place.parts, std::back_inserter(question_.materials));
  }
  parent_ = place.parent;
  co_return place.history;
}

Task<Result<Turn::Outcome>> Turn::answer(Result<std::vector<Event>> history) {
  CO_TRY(std::vector<Event> earlier, std::move(history));
  is_first_ = earlier.empty() && question_.where.kind == BranchPoint::Kind::end;
  CO_CHECK(co_await begin_prompt(std::move(earlier)));
  for (;;) {
    prompt_.make_room();
    CO_TRY(const std::optional<TurnLimit> reached, guard_.before_call(spent(), prompt_.tokens()));
    CO_TRY(Reply reply, co_await ask_model(reached.has_value()));
    record_.reply(reply);
    figures_.resumed += reply.resumed;
    const bool calls_tools = !reached && !reply.message.tool_calls().empty();
    co_await prompt_.add(Place::present, reply.message);
    if (!calls_tools) {
      note_first_exchange(reply.message);
      co_return Outcome{std::string(reached ? name_of(*reached) : name_of(reply.finish_reason))};
    }
    CO_CHECK(co_await call_tools(reply.message));
  }
}

void Turn::on_call(const ModelCall& call) {
  figures_.sums += sums_of(call);
  figures_.usage += call.usage;
}

void Turn::on_delta(const Delta& delta) {
  std::visit(Overloaded{
                 [&](const TextDelta& d) { show_text(d.text); },
                 [&](const ReasoningDelta& d) {
                   if (question_.streaming) journal_.append(Chunk{Chunk::Type::reasoning, std::string(d.text)});
                 },
                 [&](const ToolCallStarted&) {},
                 [&](const Retrying& d) {
                   journal_.append(Processing{"retrying",
                                              fmt::format("{}; trying again in {} ms", d.reason, d.wait.count()),
                                              {{"attempt", d.attempt}, {"wait_ms", d.wait.count()}}});
                 },
                 [&](const Resuming& d) {
                   const auto why = fmt::format("{}; asking for the rest", d.reason);
                   journal_.append(Processing{"resuming", why, {{"attempt", d.attempt}}});
                 },
                 [&](const WaitingTurn& d) { journal_.append(queued_notice(d)); },
                 [&](const FellBack& d) {
                   model_.provider_name = d.provider;
                   model_.model = d.model;
                   journal_.append(fallback_notice(d));
                 },
                 [&](const LimitsTold&) {},
             },
             delta);
}

void Turn::show_text(std::string_view text) {
  if (text.empty()) return;
  if (!figures_.first_chunk_ms) {
    const auto waited = services_.clock.now() - began_;
    figures_.first_chunk_ms = duration_cast<milliseconds>(waited).count();
    services_.metrics.first_chunk.observe(waited);
  }
  // The words before a tool call and those after it are separate paragraphs.
  std::string shown = said_.empty() && said_before_ ? "\n\n" : "";
  shown += text;
  said_ += text;
  draft_.add(text);
  if (question_.streaming) return journal_.append(Chunk{Chunk::Type::text, std::move(shown)});
  withheld_ += shown;
}

void Turn::show_withheld_text() {
  if (!withheld_.empty()) journal_.append(Chunk{Chunk::Type::text, std::exchange(withheld_, {})});
}

}  // namespace convoke
