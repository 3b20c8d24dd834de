#pragma once
#include <string>
#include <vector>

#include "chat/live_turns.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// One page of a conversation's log.
struct ConversationPage {
  std::vector<Event> events;  ///< oldest first
  bool has_more = false;      ///< there are older ones
};

/// What clients may do with conversations besides talking. Callable from any loop.
class Conversations {
 public:
  Conversations(ConversationStore& store, const LiveTurns& live) : store_(store), live_(live) {}

  /// Last changed first.
  Task<Result<std::vector<ConversationSummary>>> list(int offset, int limit);
  /// `not_found` if there is no such conversation.
  Task<Result<ConversationPage>> get(std::string conversation_id, Sequence before, int limit);
  Task<Result<void>> rename(std::string conversation_id, std::string title);
  /// `conflict` while a question of it is being answered: its events would come back.
  Task<Result<void>> erase(std::string conversation_id);

 private:
  ConversationStore& store_;
  const LiveTurns& live_;
};

}  // namespace convoke
