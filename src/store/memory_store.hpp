#pragma once
#include <map>
#include <mutex>
#include <unordered_map>

#include "store/conversation_store.hpp"
#include "store/placement.hpp"

namespace convoke {

/// Keeps everything in memory until it is destroyed: for tests, and for servers that must not remember. Callable from
/// any loop; no call waits.
class MemoryStore : public ConversationStore {
 public:
  Task<Result<std::vector<Event>>> append(std::vector<Event> events) override;
  Task<Result<void>> keep_draft(Draft draft) override;
  Task<Result<std::vector<Event>>> path(std::string conversation_id, Sequence leaf, int limit) override;
  Task<Result<std::vector<Event>>> after(std::string conversation_id, Sequence after, int limit) override;
  Task<Result<BranchTree>> branches(std::string conversation_id) override;
  Task<Result<void>> switch_to(std::string conversation_id, Sequence event) override;
  Task<Result<void>> fork(std::string conversation_id, Sequence event, std::string new_id, WallTime when) override;
  Task<Result<std::vector<RecordedTurn>>> turns_of_request(std::string request_id) override;
  Task<Result<std::vector<RecordedTurn>>> open_turns() override;
  Task<Result<std::vector<SearchHit>>> search(SearchQuery query) override;
  Task<Result<std::vector<ConversationSummary>>> conversations(bool archived, int offset, int limit) override;
  Task<Result<ConversationSummary>> conversation(std::string conversation_id) override;
  Task<Result<void>> set_archived(std::string conversation_id, bool archived) override;
  Task<Result<void>> rename(std::string conversation_id, std::string title) override;
  Task<Result<void>> retitle(std::string conversation_id, std::string from, std::string title) override;
  Task<Result<void>> set_retention(std::string conversation_id, std::optional<Retention> retention) override;
  Task<Result<void>> erase(std::string conversation_id) override;
  Task<Result<TrimPlan>> plan_trims(RetentionRule rule, std::int64_t after) override;
  Task<Result<std::optional<Trim>>> plan_trim(std::string conversation_id, RetentionRule rule) override;
  Task<Result<std::int64_t>> trim(std::string conversation_id, Sequence first_kept) override;
  Task<Result<void>> erase_all() override;
  StoreStatus status() const override;

 private:
  struct Conversation {
    std::string title;
    bool archived = false;
    std::optional<Retention> retention;
    std::int64_t order = 0;  ///< larger is newer
    WallTime created{};
    WallTime updated{};
    LogShape shape;
    std::map<Sequence, Event> events;
  };
  using Conversations = std::unordered_map<std::string, Conversation>;
  struct Turn {
    std::string conversation_id;
    std::string request_id;
    Sequence first = 0;
    Sequence last = 0;  ///< 0 while open
    std::string draft{};
  };

  LogLookup lookup() const;
  Conversation* find(const std::string& id);
  static ConversationSummary summary_of(const std::string& id, const Conversation& conversation);
  std::optional<Trim> trim_of(const std::string& id, const Conversation& conversation, const RetentionRule& rule) const;
  const Event* find_event(const std::string& conversation_id, Sequence seq) const;
  void keep(const Event& event);
  void note_turn(const Event& event);
  void forget_turns(const std::string& conversation_id);
  std::vector<BranchPart> needed_by_forks(const std::string& conversation_id) const;
  void drop_unneeded(const std::string& conversation_id);
  RecordedTurn recorded(const Turn& turn) const;

  mutable std::mutex mutex_;
  Conversations conversations_;
  std::map<std::int64_t, Turn> turns_;  ///< by the id of the event that opened them
  std::multimap<std::string, std::int64_t> turns_by_request_;
  std::map<std::pair<std::string, std::string>, std::int64_t> open_turns_;  ///< by conversation and request
  std::int64_t last_id_ = 0;
  std::int64_t appends_ = 0;
  std::int64_t appended_events_ = 0;
};

}  // namespace convoke
