#pragma once
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/event.hpp"

namespace convoke {

/// The newest events of the conversations that are being talked in, so that a question need not wait for a thread and a
/// file. Holds what is in the store or nothing: whatever it is not sure of, it forgets. Callable from any thread.
///
///     if (auto path = recent.find(id, limit)) return *path;
///     const auto ticket = recent.expect(id);
///     ... read the store ...
///     recent.remember(id, ticket, events, limit);
class RecentPaths {
 public:
  /// Tells one look-up in the store from a later one.
  using Ticket = std::uint64_t;

  /// Keeps about `max_bytes` in all, of the conversations used last.
  explicit RecentPaths(std::size_t max_bytes = 16U << 20U) : max_bytes_(max_bytes) {}

  /// The last `limit` events on the way to the end of the active branch, oldest first; fewer only if there are no more.
  std::optional<std::vector<Event>> find(const std::string& conversation_id, std::size_t limit);

  /// Announces that the store is about to be read.
  Ticket expect(const std::string& conversation_id);

  /// Takes what the store gave when asked for the last `limit` events, unless something was appended meanwhile.
  void remember(const std::string& conversation_id, Ticket ticket, const std::vector<Event>& path, std::size_t limit);

  /// Events the store has taken. One that does not follow the newest known is a branch of its own, or came out of turn:
  /// then the conversation is forgotten.
  void add(const std::vector<Event>& events);

  void forget(const std::string& conversation_id);
  void forget_all();

 private:
  struct Entry {
    std::string conversation_id;
    Ticket expected = 0;  ///< not 0: the store is being read
    std::deque<Event> events{};
    bool reaches_start = false;
    std::size_t bytes = 0;
  };
  using Place = std::list<Entry>::iterator;

  Entry* use(const std::string& conversation_id);
  void push(Entry& entry, const Event& event);
  void drop_oldest(Entry& entry);
  void drop(Place place);
  void make_room();

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::list<Entry> entries_;  ///< the one used last in front; guarded by mutex_, as is all that follows
  std::unordered_map<std::string, Place> by_conversation_;
  Ticket last_ticket_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace convoke
