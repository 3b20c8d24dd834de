#include "store/memory_store.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

#include "store/placement.hpp"
#include "store/title.hpp"

namespace convoke {
namespace {

constexpr int max_turns_of_request = 8;
constexpr Sequence end_of_log = std::numeric_limits<Sequence>::max();

std::unexpected<Error> no_conversation(const std::string& id) {
  return fail(Errc::not_found, "no conversation '" + id + "'");
}

}  // namespace

Task<Result<std::vector<Event>>> MemoryStore::append(std::vector<Event> events) {
  const std::scoped_lock lock(mutex_);
  CO_TRY(const auto placements, place(events, [&](const std::string& id) -> Result<Sequence> {
           const auto found = conversations_.find(id);
           return found == conversations_.end() ? 0 : std::ssize(found->second.events);
         }));
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].id = ++last_id_;
    events[i].seq = placements[i].seq;
    events[i].parent = placements[i].parent;
    keep(events[i]);
  }
  ++appends_;
  appended_events_ += std::ssize(events);
  co_return events;
}

void MemoryStore::keep(const Event& event) {
  Conversation& conversation = conversations_[event.conversation_id];
  conversation.events.push_back(event);
  if (event.type == EventType::user_message && conversation.title.empty()) {
    conversation.title = title_of(event.message.text());
  }
  note_turn(event);
}

void MemoryStore::note_turn(const Event& event) {
  const std::pair key{event.conversation_id, event.request_id};
  const auto open = open_turns_.find(key);
  if (event.type == EventType::user_message && open == open_turns_.end()) {
    turns_.emplace(event.id, Turn{event.conversation_id, event.request_id, event.seq});
    turns_by_request_.emplace(event.request_id, event.id);
    open_turns_.emplace(key, event.id);
  } else if (closes_turn(event.type) && open != open_turns_.end()) {
    turns_.at(open->second).last = event.seq;
    turns_.at(open->second).draft.clear();
    open_turns_.erase(open);
  } else if (event.type == EventType::assistant_message && open != open_turns_.end()) {
    turns_.at(open->second).draft.clear();
  }
}

Task<Result<void>> MemoryStore::keep_draft(Draft draft) {
  const std::scoped_lock lock(mutex_);
  const auto open = open_turns_.find({draft.conversation_id, draft.request_id});
  if (open != open_turns_.end()) turns_.at(open->second).draft += draft.words;
  co_return Result<void>{};
}

void MemoryStore::forget_turns(const std::string& conversation_id) {
  const auto is_its = [&](std::int64_t turn) { return turns_.at(turn).conversation_id == conversation_id; };
  std::erase_if(open_turns_, [&](const auto& entry) { return is_its(entry.second); });
  std::erase_if(turns_by_request_, [&](const auto& entry) { return is_its(entry.second); });
  std::erase_if(turns_, [&](const auto& entry) { return entry.second.conversation_id == conversation_id; });
}

std::vector<Event> MemoryStore::slice(const std::string& conversation_id, Sequence after, Sequence before) const {
  const auto found = conversations_.find(conversation_id);
  if (found == conversations_.end()) return {};
  const auto& events = found->second.events;
  const Sequence first = std::clamp<Sequence>(after, 0, std::ssize(events));
  const Sequence end = std::clamp<Sequence>(before - 1, first, std::ssize(events));
  return {events.begin() + first, events.begin() + end};
}

Task<Result<std::vector<Event>>> MemoryStore::latest(std::string conversation_id, Sequence before, int limit) {
  const std::scoped_lock lock(mutex_);
  const auto found = conversations_.find(conversation_id);
  const Sequence count = found == conversations_.end() ? 0 : std::ssize(found->second.events);
  const Sequence end = before > 0 ? std::min(before, count + 1) : count + 1;
  co_return slice(conversation_id, std::max<Sequence>(0, end - 1 - std::max(limit, 0)), end);
}

Task<Result<std::vector<Event>>> MemoryStore::after(std::string conversation_id, Sequence after, int limit) {
  const std::scoped_lock lock(mutex_);
  const Sequence first = std::clamp<Sequence>(after, 0, end_of_log / 2);
  co_return slice(conversation_id, first, first + std::max(limit, 0) + 1);
}

RecordedTurn MemoryStore::recorded(const Turn& turn) const {
  RecordedTurn recorded{turn.conversation_id, turn.request_id, {}, turn.draft};
  const Sequence end = turn.last ? turn.last + 1 : end_of_log;
  for (Event& event : slice(turn.conversation_id, turn.first - 1, end)) {
    if (event.request_id == turn.request_id) recorded.events.push_back(std::move(event));
  }
  return recorded;
}

Task<Result<std::vector<RecordedTurn>>> MemoryStore::turns_of_request(std::string request_id) {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = turns_by_request_.equal_range(request_id);
  std::vector<RecordedTurn> found;
  for (const std::int64_t turn : std::ranges::subrange(first, last) | std::views::values | std::views::reverse |
                                     std::views::take(max_turns_of_request)) {
    found.push_back(recorded(turns_.at(turn)));
  }
  co_return found;
}

Task<Result<std::vector<RecordedTurn>>> MemoryStore::open_turns() {
  const std::scoped_lock lock(mutex_);
  std::vector<RecordedTurn> found;
  for (const Turn& turn : turns_ | std::views::values) {
    if (turn.last == 0) found.push_back(recorded(turn));
  }
  co_return found;
}

Task<Result<std::vector<ConversationSummary>>> MemoryStore::conversations(int offset, int limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<const Conversation*> sorted;
  for (const auto& [id, conversation] : conversations_) sorted.push_back(&conversation);
  std::ranges::sort(sorted, std::ranges::greater{}, [](const Conversation* c) { return c->events.back().id; });
  std::vector<ConversationSummary> page;
  for (const Conversation* c : sorted | std::views::drop(std::max(offset, 0)) | std::views::take(std::max(limit, 0))) {
    const Event& first = c->events.front();
    page.push_back(
        {first.conversation_id, c->title, first.timestamp, c->events.back().timestamp, std::ssize(c->events)});
  }
  co_return page;
}

Task<Result<void>> MemoryStore::rename(std::string conversation_id, std::string title) {
  std::string shown = title_of(title);
  if (shown.empty()) co_return fail(Errc::invalid_input, "a title cannot be empty");
  const std::scoped_lock lock(mutex_);
  const auto found = conversations_.find(conversation_id);
  if (found == conversations_.end()) co_return no_conversation(conversation_id);
  found->second.title = std::move(shown);
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::erase(std::string conversation_id) {
  const std::scoped_lock lock(mutex_);
  if (conversations_.erase(conversation_id) == 0) co_return no_conversation(conversation_id);
  forget_turns(conversation_id);
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::erase_all() {
  const std::scoped_lock lock(mutex_);
  conversations_.clear();
  turns_.clear();
  turns_by_request_.clear();
  open_turns_.clear();
  co_return Result<void>{};
}

StoreStatus MemoryStore::status() const {
  const std::scoped_lock lock(mutex_);
  return {.kind = "memory", .location = "this process", .problem = {}, .events = appended_events_, .commits = appends_};
}

}  // namespace convoke
