#include "store/recent_paths.hpp"

#include "base/result.hpp"

namespace convoke {
namespace {

// More than a context ever holds of short messages; a longer conversation is read from the store.
constexpr std::size_t max_events = 256;
constexpr std::size_t entry_bytes = 256;

std::size_t bytes_of(const Part& part) {
  return std::visit(Overloaded{
                        [](const Text& p) { return p.text.size(); },
                        [](const Reasoning& p) { return p.text.size() + p.replay.size(); },
                        [](const Image& p) { return p.data.size() + p.url.size(); },
                        [](const ToolCall& p) { return p.name.size() + p.arguments.size(); },
                        [](const ToolResult& p) {
                          std::size_t bytes = p.text.size();
                          for (const Image& image : p.images) bytes += image.data.size() + image.url.size();
                          return bytes;
                        },
                    },
                    part) +
         sizeof(Part);
}

std::size_t bytes_of(const Event& event) {
  std::size_t bytes = sizeof(Event) + 32 * event.details.object().size();
  for (const Part& part : event.message.parts) bytes += bytes_of(part);
  return bytes;
}

}  // namespace

std::optional<std::vector<Event>> RecentPaths::find(const std::string& conversation_id, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  const Entry* entry = use(conversation_id);
  if (!entry || entry->expected != 0) return std::nullopt;
  const auto& events = entry->events;
  if (events.size() < limit && !entry->reaches_start) return std::nullopt;
  const std::size_t count = std::min(limit, events.size());
  return std::vector<Event>(events.end() - static_cast<std::ptrdiff_t>(count), events.end());
}

RecentPaths::Ticket RecentPaths::expect(const std::string& conversation_id) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = by_conversation_.find(conversation_id); known != by_conversation_.end()) drop(known->second);
  entries_.push_front({.conversation_id = conversation_id, .expected = ++last_ticket_, .bytes = entry_bytes});
  by_conversation_.emplace(conversation_id, entries_.begin());
  bytes_ += entry_bytes;
  make_room();
  return last_ticket_;
}

void RecentPaths::remember(const std::string& conversation_id, Ticket ticket, const std::vector<Event>& path,
                           std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  Entry* entry = use(conversation_id);
  if (!entry || entry->expected != ticket) return;
  entry->expected = 0;
  entry->reaches_start = path.size() < limit;
  for (const Event& event : path) push(*entry, event);
  make_room();
}

void RecentPaths::add(const std::vector<Event>& events) {
  const std::scoped_lock lock(mutex_);
  for (const Event& event : events) {
    const auto known = by_conversation_.find(event.conversation_id);
    if (known == by_conversation_.end()) continue;
    Entry& entry = *known->second;
    const Sequence newest = entry.events.empty() ? 0 : entry.events.back().seq;
    const bool follows = entry.expected == 0 && event.parent == newest && (newest != 0 || entry.reaches_start);
    if (follows) {
      push(entry, event);
    } else {
      drop(known->second);
    }
  }
  make_room();
}

void RecentPaths::forget(const std::string& conversation_id) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = by_conversation_.find(conversation_id); known != by_conversation_.end()) drop(known->second);
}

void RecentPaths::forget_all() {
  const std::scoped_lock lock(mutex_);
  entries_.clear();
  by_conversation_.clear();
  bytes_ = 0;
}

RecentPaths::Entry* RecentPaths::use(const std::string& conversation_id) {
  const auto known = by_conversation_.find(conversation_id);
  if (known == by_conversation_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, known->second);
  return &entries_.front();
}

void RecentPaths::push(Entry& entry, const Event& event) {
  const std::size_t bytes = bytes_of(event);
  entry.events.push_back(event);
  entry.bytes += bytes;
  bytes_ += bytes;
  // One conversation may not push out all others.
  while (entry.events.size() > max_events || (entry.bytes > max_bytes_ / 4 && !entry.events.empty())) {
    drop_oldest(entry);
  }
}

void RecentPaths::drop_oldest(Entry& entry) {
  const std::size_t bytes = bytes_of(entry.events.front());
  entry.events.pop_front();
  entry.reaches_start = false;
  entry.bytes -= bytes;
  bytes_ -= bytes;
}

void RecentPaths::drop(Place place) {
  bytes_ -= place->bytes;
  by_conversation_.erase(place->conversation_id);
  entries_.erase(place);
}

void RecentPaths::make_room() {
  while (bytes_ > max_bytes_ && !entries_.empty()) drop(std::prev(entries_.end()));
}

}  // namespace convoke
