#pragma once
#include <map>
#include <mutex>
#include <unordered_map>

#include "store/conversation_store.hpp"

namespace convoke {

/// Keeps everything in memory until it is destroyed: for tests, and for servers that must not remember. Callable from
/// any loop; no call waits.
class MemoryStore final : public ConversationStore {
 public:
  Task<Result<std::vector<Event>>> append(std::vector<Event> events) override;
  Task<Result<void>> keep_draft(Draft draft) override;
  Task<Result<std::vector<Event>>> latest(std::string conversation_id, Sequence before, int limit) override;
  Task<Result<std::vector<Event>>> after(std::string conversation_id, Sequence after, int limit) override;
  Task<Result<std::vector<RecordedTurn>>> turns_of_request(std::string request_id) override;
  Task<Result<std::vector<RecordedTurn>>> open_turns() override;
  Task<Result<std::vector<ConversationSummary>>> conversations(int offset, int limit) override;
  Task<Result<void>> rename(std::string conversation_id, std::string title) override;
  Task<Result<void>> erase(std::string conversation_id) override;
  Task<Result<void>> erase_all() override;
  StoreStatus status() const override;

 private:
  struct Conversation {
    std::string title;
    std::vector<Event> events;  ///< `seq` is the index plus one
  };
  struct Turn {
    std::string conversation_id;
    std::string request_id;
    Sequence first = 0;
    Sequence last = 0;  ///< 0 while open
    std::string draft{};
  };

  void keep(const Event& event);
  void note_turn(const Event& event);
  void forget_turns(const std::string& conversation_id);
  RecordedTurn recorded(const Turn& turn) const;
  std::vector<Event> slice(const std::string& conversation_id, Sequence after, Sequence before) const;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Conversation> conversations_;
  std::map<std::int64_t, Turn> turns_;  ///< by the id of their question
  std::multimap<std::string, std::int64_t> turns_by_request_;
  std::map<std::pair<std::string, std::string>, std::int64_t> open_turns_;  ///< by conversation and request
  std::int64_t last_id_ = 0;
  std::int64_t appends_ = 0;
  std::int64_t appended_events_ = 0;
};

}  // namespace convoke
