#include "store/memory_store.hpp"

#include <algorithm>
#include <ranges>

#include "store/refusals.hpp"
#include "store/title.hpp"

namespace convoke {
namespace {

constexpr int max_turns_of_request = 8;

}  // namespace

MemoryStore::Conversation* MemoryStore::find(const std::string& id) {
  const auto found = conversations_.find(id);
  return found == conversations_.end() || found->second.shape.erased ? nullptr : &found->second;
}

const Event* MemoryStore::find_event(const std::string& conversation_id, Sequence seq) const {
  const auto conversation = conversations_.find(conversation_id);
  if (conversation == conversations_.end()) return nullptr;
  const auto& [id, found] = *conversation;
  if (seq <= found.shape.origin_seq) return find_event(found.shape.origin, seq);
  const auto event = found.events.find(seq);
  return event == found.events.end() ? nullptr : &event->second;
}

LogLookup MemoryStore::lookup() const {
  const auto known = [this](const std::string& id) -> const Conversation& {
    static const Conversation unknown{};
    const auto found = conversations_.find(id);
    return found == conversations_.end() ? unknown : found->second;
  };
  return {.shape = [=](const std::string& id) -> Result<const LogShape*> { return &known(id).shape; },
          .branch_of = [=](const std::string& id, Sequence seq) -> Result<Sequence> {
            const auto event = known(id).events.find(seq);
            return event == known(id).events.end() ? 0 : event->second.branch;
          },
          .next_on = [=](const std::string& id, Sequence parent, Sequence branch) -> Result<Sequence> {
            for (const auto& [seq, event] : known(id).events) {
              if (event.parent == parent && event.branch == branch) return seq;
            }
            return 0;
          }};
}

Task<Result<std::vector<Event>>> MemoryStore::append(std::vector<Event> events) {
  const std::scoped_lock lock(mutex_);
  CO_TRY(Placed placed, place(events, lookup()));
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].id = ++last_id_;
    events[i].seq = placed.placements[i].seq;
    events[i].parent = placed.placements[i].parent;
    events[i].branch = placed.placements[i].branch;
    keep(events[i]);
  }
  for (auto& [id, shape] : placed.shapes) conversations_.at(id).shape = std::move(shape);
  ++appends_;
  appended_events_ += std::ssize(events);
  co_return events;
}

void MemoryStore::keep(const Event& event) {
  Conversation& conversation = conversations_[event.conversation_id];
  if (conversation.order == 0) conversation.created = event.timestamp;
  conversation.order = event.id;
  conversation.updated = event.timestamp;
  conversation.events.emplace(event.seq, event);
  if (event.type == EventType::user_message && conversation.title.empty()) {
    conversation.title = title_of(event.message.text());
  }
  note_turn(event);
}

void MemoryStore::note_turn(const Event& event) {
  const std::pair key{event.conversation_id, event.request_id};
  const auto open = open_turns_.find(key);
  if (opens_turn(event.type) && open == open_turns_.end()) {
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

Task<Result<std::vector<Event>>> MemoryStore::path(std::string conversation_id, Sequence leaf, int limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<Event> events;
  const auto conversation = conversations_.find(conversation_id);
  if (conversation == conversations_.end()) co_return events;
  const LogShape& shape = conversation->second.shape;
  if (shape.erased) co_return was_erased(conversation_id);
  if (leaf == 0) leaf = shape.tree.leaf();
  while (std::ssize(events) < limit && leaf > 0) {
    const Event* event = find_event(conversation_id, leaf);
    if (!event) break;
    events.push_back(*event);
    leaf = event->parent;
  }
  std::ranges::reverse(events);
  co_return events;
}

Task<Result<std::vector<Event>>> MemoryStore::after(std::string conversation_id, Sequence after, int limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<Event> events;
  const Conversation* conversation = find(conversation_id);
  if (!conversation) co_return events;
  for (auto event = conversation->events.upper_bound(after); event != conversation->events.end(); ++event) {
    if (std::ssize(events) >= limit) break;
    events.push_back(event->second);
  }
  co_return events;
}

Task<Result<BranchTree>> MemoryStore::branches(std::string conversation_id) {
  const std::scoped_lock lock(mutex_);
  const Conversation* conversation = find(conversation_id);
  co_return conversation ? conversation->shape.tree : LogShape{}.tree;
}

Task<Result<void>> MemoryStore::switch_to(std::string conversation_id, Sequence event) {
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  CO_TRY(const Sequence branch, branch_of(lookup(), conversation_id, event));
  if (branch == 0) co_return no_event(conversation_id, event);
  BranchTree& tree = conversation->shape.tree;
  tree.active = tree.newest_through(event, branch);
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) {
  const std::scoped_lock lock(mutex_);
  const Conversation* source = find(conversation_id);
  if (!source) co_return no_conversation(conversation_id);
  const Event* at = find_event(conversation_id, event);
  if (!at) co_return no_event(conversation_id, event);
  if (new_id.empty() || new_id.size() > max_id_bytes) co_return bad_id();
  if (conversations_.contains(new_id)) co_return is_taken(new_id);
  Conversation made;
  made.title = source->title;
  made.shape.origin = at->conversation_id;
  made.shape.origin_seq = event;
  made.order = last_id_;
  made.created = made.updated = when;
  made.shape.last_seq = made.shape.tree.branches.front().leaf = event;
  conversations_.emplace(new_id, std::move(made));
  co_return Result<void>{};
}

RecordedTurn MemoryStore::recorded(const Turn& turn) const {
  RecordedTurn recorded{turn.conversation_id, turn.request_id, {}, turn.draft};
  for (const auto& [seq, event] : conversations_.at(turn.conversation_id).events) {
    const bool is_within = seq >= turn.first && (turn.last == 0 || seq <= turn.last);
    if (is_within && event.request_id == turn.request_id) recorded.events.push_back(event);
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

Task<Result<std::vector<ConversationSummary>>> MemoryStore::conversations(bool archived, int offset, int limit) {
  const std::scoped_lock lock(mutex_);
  std::vector<const Conversations::value_type*> sorted;
  for (const auto& entry : conversations_) {
    if (!entry.second.shape.erased && entry.second.archived == archived) sorted.push_back(&entry);
  }
  std::ranges::sort(sorted, std::ranges::greater{}, [](const auto* entry) { return entry->second.order; });
  std::vector<ConversationSummary> page;
  for (const auto* entry : sorted | std::views::drop(std::max(offset, 0)) | std::views::take(std::max(limit, 0))) {
    page.push_back(summary_of(entry->first, entry->second));
  }
  co_return page;
}

ConversationSummary MemoryStore::summary_of(const std::string& id, const Conversation& c) {
  return {id, c.title, c.created, c.updated, std::ssize(c.events), c.archived, c.shape.origin, c.retention};
}

Task<Result<ConversationSummary>> MemoryStore::conversation(std::string conversation_id) {
  const std::scoped_lock lock(mutex_);
  const Conversation* found = find(conversation_id);
  if (!found) co_return no_conversation(conversation_id);
  co_return summary_of(conversation_id, *found);
}

Task<Result<void>> MemoryStore::set_archived(std::string conversation_id, bool archived) {
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  conversation->archived = archived;
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::rename(std::string conversation_id, std::string title) {
  std::string shown = title_of(title);
  if (shown.empty()) co_return no_title();
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  conversation->title = std::move(shown);
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::retitle(std::string conversation_id, std::string from, std::string title) {
  std::string shown = title_of(title);
  if (shown.empty()) co_return no_title();
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  if (conversation->title != from) co_return has_another_title(conversation_id);
  conversation->title = std::move(shown);
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::set_retention(std::string conversation_id, std::optional<Retention> retention) {
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  conversation->retention = retention;
  co_return Result<void>{};
}

Task<Result<void>> MemoryStore::erase(std::string conversation_id) {
  const std::scoped_lock lock(mutex_);
  Conversation* conversation = find(conversation_id);
  if (!conversation) co_return no_conversation(conversation_id);
  forget_turns(conversation_id);
  conversation->shape.erased = true;
  drop_unneeded(conversation_id);
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
