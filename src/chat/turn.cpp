#include "chat/turn.hpp"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "base/random.hpp"
#include "chat/branching.hpp"
#include "chat/context.hpp"
#include "chat/turn_caller.hpp"

namespace convoke {

using namespace asio::experimental::awaitable_operators;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

TurnMetrics::TurnMetrics(Metrics& metrics)
    : all(metrics),
      running(metrics.gauge("turns_running", "Turns that are being answered now.")),
      first_chunk(metrics.histogram("first_chunk_seconds", "From a question to the first words of its answer.")),
      duration(metrics.histogram("turn_seconds", "From a question to the end of its answer.")),
      input_tokens(metrics.counter("tokens_total", "Tokens, as the providers count them.", {{"kind", "input"}})),
      output_tokens(metrics.counter("tokens_total", "Tokens, as the providers count them.", {{"kind", "output"}})) {}

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
      inputs_(executor, services.clock, journal, settings_->approvals.timeout),
      consent_(settings_->approvals, services.approvals, services.tools, inputs_, question_.conversation_id),
      writes_(executor, log_),
      record_(executor, services.store, services.clock, writes_, question_, services.counting, *model_.tokenizer),
      draft_(executor, services.store, writes_, question_),
      counter_(services.counting.counts, *model_.tokenizer),
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
    const auto deadline = began_ + settings_->max_turn_duration + inputs_.waited();
    if (services_.clock.now() >= deadline) {
      stop_reason_ = StopReason::too_long;
    } else {
      co_await stop_signal_.wait_until(deadline);
    }
  }
}

Task<> Turn::answer_or_stop() {
  // Neither look-up waits for the other, and the question is written only after them: the writer would take the
  // processor from whoever reads, and the model is asked that much later.
  auto [recorded, history] = co_await (services_.store.turns_of_request(question_.request_id) && load_history());
  if (replayed(std::move(recorded))) co_return;
  if (!history && history.error().code != Errc::unavailable) {
    co_return end(EventType::turn_failed, "refused", Failed{std::move(history).error()});
  }
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

/// What was said before the place where the question goes.
Task<Result<std::vector<Event>>> Turn::load_history() {
  constexpr int page = 64;
  std::vector<Event> events;
  CO_TRY(Sequence leaf, co_await find_place());
  while (leaf != from_the_start) {
    CO_TRY(std::vector<Event> older, co_await services_.store.path(question_.conversation_id, leaf, page));
    const bool is_all = older.size() < page || older.front().parent == 0;
    events.insert(events.begin(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
    if (is_all || fills_context(events, settings_->context)) break;
    leaf = events.front().parent;
  }
  co_return events;
}

/// Finds out what the question follows, for the record, and returns where its history ends: an event,
/// `from_the_start`, or 0 for the newest.
Task<Result<Sequence>> Turn::find_place() {
  const BranchPoint where = question_.where;
  if (where.kind == BranchPoint::Kind::end) co_return 0;
  CO_TRY(const Place place, co_await place_of(services_.store, question_.conversation_id, where));
  if (where.kind == BranchPoint::Kind::again) question_.text = place.question;
  parent_ = place.parent;
  co_return place.history;
}

Task<> Turn::begin_prompt(const std::vector<Event>& history) {
  tools_ = services_.tools.tools();
  for (const Tool& tool : *tools_) {
    if (consent_.may_offer(tool)) prompt_.tools.push_back({tool.name, tool.description, tool.input_schema});
  }
  prompt_.model = model_.model;
  prompt_.temperature = settings_->temperature;
  prompt_.top_p = settings_->top_p;
  prompt_.max_output_tokens = settings_->max_output_tokens;
  if (!settings_->system_prompt.empty()) prompt_.messages.push_back(system_message(settings_->system_prompt));
  prompt_.messages.push_back(user_message(question_.text));
  const std::int64_t reserved = co_await count_tokens(counter_, services_.counting.workers, prompt_);
  std::vector<Message> chosen = choose_history(history, settings_->context, reserved);
  prompt_.messages.insert(prompt_.messages.end() - 1, std::make_move_iterator(chosen.begin()),
                          std::make_move_iterator(chosen.end()));
}

Task<Result<Turn::Outcome>> Turn::answer(Result<std::vector<Event>> history) {
  CO_TRY(const std::vector<Event> earlier, std::move(history));
  co_await begin_prompt(earlier);
  for (int hop = 0; hop <= settings_->max_tool_hops; ++hop) {
    const bool may_call_tools = hop < settings_->max_tool_hops;
    CO_TRY(Reply reply, co_await ask_model(may_call_tools));
    record_.reply(reply);
    const bool calls_tools = may_call_tools && !reply.message.tool_calls().empty();
    prompt_.messages.push_back(reply.message);
    if (!calls_tools) {
      co_return Outcome{may_call_tools ? std::string(name_of(reply.finish_reason)) : "tool_limit"};
    }
    CO_CHECK(co_await call_tools(reply.message));
  }
  std::unreachable();
}

/// One call of the model. The last one a turn may make is told that it has to do without tools.
Task<std::expected<Reply, Error>> Turn::ask_model(bool with_tools) {
  Prompt prompt = prompt_;
  if (!with_tools) {
    prompt.tool_choice = ToolChoice::none;
    prompt.messages.push_back(system_message(fmt::format(
        "You have used tools {} times, which is the limit. Answer now with what you have.", settings_->max_tool_hops)));
  }
  said_.clear();
  ++figures_.model_calls;
  auto reply = co_await model_.provider->reply(std::move(prompt), [this](const Delta& delta) { on_delta(delta); });
  if (!reply) {
    draft_.drop();
    record_.partial(std::move(reply.error().partial), model_.model);
    co_return std::unexpected(std::move(reply.error().error));
  }
  said_before_ = said_before_ || !said_.empty();
  said_.clear();  // the reply holds it now
  draft_.drop();
  if (reply->usage == Usage{}) {
    reply->usage.output_tokens = counter_.count(reply->message);
    reply->usage.input_tokens = co_await count_tokens(counter_, services_.counting.workers, prompt_);
    reply->usage.total_tokens = reply->usage.input_tokens + reply->usage.output_tokens;
    reply->usage.estimated = true;
  }
  figures_.usage += reply->usage;
  if (!reply->model.empty()) model_.model = reply->model;
  services_.metrics.input_tokens.add(static_cast<std::uint64_t>(reply->usage.input_tokens));
  services_.metrics.output_tokens.add(static_cast<std::uint64_t>(reply->usage.output_tokens));
  co_return *std::move(reply);
}

/// Makes all calls of one reply side by side. They are on disk before they are sent: after a crash the log tells what
/// may have happened. Those that need the user's consent follow when they have it.
Task<Result<void>> Turn::call_tools(const Message& message) {
  const std::vector<ToolCall> calls = message.tool_calls();
  std::vector<bool> has_consent;
  for (const ToolCall& call : calls) {
    has_consent.push_back(consent_.is_given(call));
    if (has_consent.back()) record_.call(call, server_of(call.name));
  }
  CO_CHECK(co_await record_.durable());

  std::vector<ToolResult> results(calls.size());
  TaskScope running(executor_, log_);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    running.spawn("calling a tool", call_tool(calls[i], has_consent[i], results[i]));
  }
  co_await running.run(running.drained());
  for (ToolResult& result : results) prompt_.messages.push_back(tool_message(std::move(result)));
  co_return Result<void>{};
}

Task<> Turn::call_tool(ToolCall call, bool has_consent, ToolResult& result) {
  const std::string server = server_of(call.name);
  std::string note;
  if (!has_consent) {
    auto consent = co_await consent_.obtain(call);
    if (!consent) {
      result = {.call_id = call.id, .name = call.name, .text = std::move(consent).error(), .is_error = true};
      co_return show_result(result, server, services_.clock.now());
    }
    call = std::move(consent->call);
    note = std::move(consent->note);
    record_.call(call, server);
    const auto durable = co_await record_.durable();
    if (!durable) co_return;  // the turn fails for the same reason
  }
  const auto began = services_.clock.now();
  result = co_await make_call(std::move(call), server);
  result.text.insert(0, note);
  show_result(result, server, began);
}

Task<ToolResult> Turn::make_call(ToolCall call, std::string server) {
  ++figures_.tool_calls;
  if (settings_->notify_tools) journal_.append(tool_execution_notice(call, server, *settings_));
  auto on_progress = [this, call](const ToolProgress& progress) {
    if (!settings_->notify_tools) return;
    json::object metadata{{"tool_call_id", call.id}, {"tool", call.name}, {"progress", progress.progress}};
    if (progress.total) metadata["total"] = *progress.total;
    journal_.append(Processing{"tool_progress", progress.message, std::move(metadata)});
  };
  TurnCaller caller(inputs_, question_.conversation_id, std::move(on_progress), {});
  auto result = co_await services_.tools.call(std::move(call), caller);
  services_.metrics.all
      .counter("tool_calls_total", "Calls of tools, by server and outcome.",
               {{"server", server}, {"outcome", result.is_error ? "error" : "ok"}})
      .add();
  co_return result;
}

void Turn::show_result(const ToolResult& result, const std::string& server, SteadyClock::time_point began) {
  const auto took = duration_cast<milliseconds>(services_.clock.now() - began).count();
  record_.result(result, server, took);
  if (settings_->notify_tools) journal_.append(tool_result_notice(result, server, took));
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

std::string Turn::server_of(std::string_view tool) const {
  const auto found = std::ranges::find(*tools_, tool, &Tool::name);
  return found == tools_->end() ? "" : found->server;
}

}  // namespace convoke
