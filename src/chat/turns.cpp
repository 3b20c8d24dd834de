#include "chat/turns.hpp"

#include <fmt/format.h>

#include <ranges>

namespace convoke {
namespace {

constexpr std::size_t max_running = 4096;           // of one loop
constexpr std::size_t max_kept_bytes = 64U << 20U;  // of ended journals of one loop
constexpr std::size_t max_titles = 16;              // that one loop looks for at a time
constexpr auto keep_for = 5min;
constexpr auto sweep_every = 10s;

std::string key_of(std::string_view request_id, std::string_view conversation_id) {
  return fmt::format("{}\n{}", request_id, conversation_id);
}
/// Who answered, as far as the record tells.
std::optional<std::string> model_of(const RecordedTurn& turn) {
  for (const Event& event : turn.events | std::views::reverse) {
    if (!event.model.empty()) return event.model;
  }
  return std::nullopt;
}

std::string key_of(const TurnJournal& journal) { return key_of(journal.request_id(), journal.conversation_id()); }

}  // namespace

Turns::Turns(Executor executor, TurnServices services, LiveTurns& live)
    : executor_(executor), services_(services), live_(live), scope_(executor, services.log), turn_ended_(executor) {}

void Turns::use(std::shared_ptr<const ChatSettings> settings, std::shared_ptr<const Models> models) {
  settings_ = std::move(settings);
  models_ = std::move(models);
}

Task<> Turns::run() { co_await scope_.run(sweep()); }

Task<> Turns::sweep() {
  for (;;) {
    co_await sleep_for(sweep_every);
    drop_old_entries();
  }
}

/// Drops ended journals nobody reads: those past their time, and the oldest while all together are too large.
void Turns::drop_old_entries() {
  std::size_t bytes = 0;
  for (Entry& entry : entries_) bytes += entry.ended ? entry.journal.bytes() : 0;
  const auto now = services_.clock.now();
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const bool may_go =
        entry->ended && !entry->journal.has_readers() && (now - *entry->ended > keep_for || bytes > max_kept_bytes);
    if (!may_go) {
      ++entry;
      continue;
    }
    bytes -= entry->journal.bytes();
    const auto known = turns_by_key_.find(key_of(entry->journal));
    if (known != turns_by_key_.end() && known->second == &*entry) {
      live_.remove(entry->journal.request_id(), entry->journal.conversation_id());
      turns_by_key_.erase(known);
    }
    entry = entries_.erase(entry);
  }
}

Turns::Entry* Turns::find(const std::string& request_id, const std::string& conversation_id) {
  const auto found = turns_by_key_.find(key_of(request_id, conversation_id));
  return found == turns_by_key_.end() ? nullptr : found->second;
}

Task<Result<Turns::Place>> Turns::ask(Question question) {
  auto conversation = question.names_conversation || question.request_id.size() < globally_unique_id_bytes
                          ? std::optional(question.conversation_id)
                          : std::nullopt;
  const auto known = live_.find(question.request_id, conversation);
  if (!known || known->failed) co_return start(std::move(question));
  if (known->text != question.text) {
    co_return fail(Errc::conflict, fmt::format("request_id '{}' is taken by another question in this conversation",
                                               question.request_id));
  }
  co_return co_await resume(question.request_id, known->conversation_id, 0);
}

Result<Turns::Place> Turns::start(Question question) {
  if (draining_) return fail(Errc::unavailable, "the server is about to stop; connect again in a moment");
  if (running_ >= max_running) {
    return fail({Errc::rate_limited, fmt::format("{} questions are being answered already", max_running), 1s});
  }
  live_.add(question, *this);
  Entry& entry = entries_.emplace_back(question.request_id, question.conversation_id);
  turns_by_key_[key_of(entry.journal)] = &entry;
  entry.turn = std::make_unique<Turn>(executor_, services_, settings_, models_, std::move(question), entry.journal);
  ++running_;
  scope_.spawn("a turn", run_turn(entry));
  return Place{&entry.journal, 0};
}

/// When it has ended, only its frames stay.
Task<> Turns::run_turn(Entry& entry) {
  co_await entry.turn->run();
  // Nobody waits for a title, and nothing depends on it: when there are many to find, some conversations go without.
  if (entry.turn->first_exchange() && titles_ < max_titles && !draining_) {
    scope_.spawn("finding a title", give_title(*entry.turn->first_exchange()));
  }
  entry.is_replay = entry.turn->is_replay();
  entry.turn.reset();
  entry.ended = services_.clock.now();
  live_.mark_ended(entry.journal.request_id(), entry.journal.conversation_id(), entry.journal.failed());
  --running_;
  turn_ended_.notify();
}

Sequence Turns::Entry::next(Sequence after) const {
  const Sequence last = journal.last_seq();
  const bool is_of_another_telling = is_replay || after > last || (after == last && journal.ended());
  return is_of_another_telling ? 0 : after;
}

Task<Sequence> Turns::next_for(std::string request_id, std::string conversation_id, Sequence after) {
  const Entry* entry = find(request_id, conversation_id);
  co_return entry ? entry->next(after) : after;
}

Task<Result<Turns::Place>> Turns::resume(std::string request_id, std::optional<std::string> conversation_id,
                                         Sequence after) {
  const auto known = live_.find(request_id, conversation_id);
  if (known && known->turns != this) {
    Turns* owner = known->turns;
    std::function<Task<Sequence>()> ask = [owner, request_id, conversation = known->conversation_id, after] {
      return owner->next_for(request_id, conversation, after);
    };
    const Sequence begin = co_await run_on<Sequence>(owner->executor(), std::move(ask));
    co_return copy_of(*owner, request_id, known->conversation_id, begin);
  }
  if (known) {
    if (Entry* entry = find(request_id, known->conversation_id)) co_return Place{&entry->journal, entry->next(after)};
  }
  CO_TRY(std::vector<RecordedTurn> recorded, co_await services_.store.turns_of_request(request_id));
  for (const RecordedTurn& turn : recorded) {
    const bool is_it =
        conversation_id ? turn.conversation_id == *conversation_id : request_id.size() >= globally_unique_id_bytes;
    if (!is_it || turn.events.empty()) continue;
    // Its frames are gone; its record is shown as a turn of its own, from the first frame.
    co_return start({.request_id = request_id,
                     .conversation_id = turn.conversation_id,
                     .names_conversation = true,
                     .text = text_asked(turn.events.front()),
                     .model = model_of(turn),
                     .may_ask = false});
  }
  co_return fail(Errc::not_found,
                 fmt::format("nothing is known of a request '{}'{}", request_id,
                             conversation_id ? " in this conversation" : "; name its conversation_id in the payload"));
}

Task<Result<void>> Turns::cancel(std::string request_id, std::optional<std::string> conversation_id) {
  Action stop = [](Turn& turn) -> Result<void> {
    turn.stop(StopReason::cancelled);
    return {};
  };
  co_return co_await with_turn(std::move(request_id), std::move(conversation_id), std::move(stop));
}

Task<Result<void>> Turns::answer(std::string request_id, AnswerInput given) {
  Action tell = [id = std::move(given.input_id), answer = std::move(given.answer)](Turn& turn) {
    return turn.answer_input(id, answer);
  };
  co_return co_await with_turn(std::move(request_id), std::move(given.conversation_id), std::move(tell));
}

Task<Result<void>> Turns::with_turn(std::string request_id, std::optional<std::string> conversation_id, Action action) {
  const auto known = live_.find(request_id, conversation_id);
  if (!known) co_return fail(Errc::not_found, fmt::format("no request '{}' is running", request_id));
  Turns* owner = known->turns;
  std::function<Task<Result<void>>()> act = [owner, request_id, conversation = known->conversation_id,
                                             action = std::move(action)]() -> Task<Result<void>> {
    Entry* entry = owner->find(request_id, conversation);
    if (!entry || entry->ended) co_return fail(Errc::not_found, fmt::format("request '{}' has ended", request_id));
    co_return action(*entry->turn);
  };
  if (owner == this) co_return co_await act();
  co_return co_await run_on<Result<void>>(owner->executor(), std::move(act));
}

Turns::Place Turns::copy_of(Turns& owner, std::string request_id, std::string conversation_id, Sequence after) {
  Entry& entry = entries_.emplace_back(std::move(request_id), std::move(conversation_id));
  scope_.spawn("copying a turn's frames", copy_frames(owner, entry, after));
  return {&entry.journal, after};
}

/// Fills a copy of a journal that lives on another loop, for as long as its turn runs.
Task<> Turns::copy_frames(Turns& owner, Entry& entry, Sequence after) {
  TurnJournal& copy = entry.journal;
  while (!copy.ended()) {
    std::function<Task<std::vector<ServerFrame>>()> fetch = [&owner, request_id = copy.request_id(),
                                                             conversation_id = copy.conversation_id(), after] {
      return owner.frames_after(request_id, conversation_id, after);
    };
    auto frames = co_await run_on<std::vector<ServerFrame>>(owner.executor(), std::move(fetch));
    if (frames.empty()) {
      copy.append_numbered(
          {copy.request_id(), after + 1, Failed{{Errc::unavailable, "the turn's frames are gone", {}}}});
    }
    for (ServerFrame& frame : frames) {
      after = frame.seq;
      copy.append_numbered(std::move(frame));
    }
  }
  entry.ended = services_.clock.now();
}

/// The frames after `after`, at least one: waits until there is one. Empty when the turn is not here any more.
Task<std::vector<ServerFrame>> Turns::frames_after(std::string request_id, std::string conversation_id,
                                                   Sequence after) {
  Entry* entry = find(request_id, conversation_id);
  if (!entry) co_return std::vector<ServerFrame>{};
  TurnJournal& journal = entry->journal;
  Signal changed(executor_);
  const JournalReader reader(journal, after, [&](News) { changed.notify(); });  // keeps the entry alive, too
  while (!journal.next(after) && !journal.ended()) co_await changed.wait();
  std::vector<ServerFrame> frames;
  while (const ServerFrame* frame = journal.next(after)) {
    frames.push_back(*frame);
    after = frame->seq;
  }
  co_return frames;
}

Task<> Turns::count(std::vector<Event>& events) {
  const auto settings = settings_;
  const auto models = models_;
  const ModelChoice chosen = models->choose(std::nullopt);
  const MessageCounter counter(services_.counting.counts, *chosen.tokenizer, picture_rule_for_model(chosen.model));
  co_await count_tokens(counter, services_.counting.workers, events, settings->context.max_result_bytes);
}

Task<> Turns::drain(Deadline deadline) {
  draining_ = true;
  while (running_ > 0) {
    const bool ended = co_await turn_ended_.wait_until(deadline);
    if (!ended) break;
  }
  for (Entry& entry : entries_) {
    if (entry.turn) entry.turn->stop(StopReason::shutting_down);
  }
  while (running_ > 0) co_await turn_ended_.wait();
}

}  // namespace convoke
