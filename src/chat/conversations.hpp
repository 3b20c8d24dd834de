#pragma once
#include <map>
#include <string>
#include <vector>

#include "chat/live_turns.hpp"
#include "store/conversation_store.hpp"
#include "store/usage_report.hpp"

namespace convoke {

/// One page of a conversation's log.
struct ConversationPage {
  std::vector<Event> events;  ///< oldest first
  bool has_more = false;      ///< there are older ones
};

/// What clients may do with conversations besides talking. Callable from any loop.
class Conversations {
 public:
  Conversations(ConversationStore& store, Ledger& ledger, const LiveTurns& live, const Clock& clock)
      : store_(store), ledger_(ledger), live_(live), clock_(clock) {}

  /// Last changed first.
  Task<Result<std::vector<ConversationSummary>>> list(int offset, int limit);
  /// `not_found` if there is no such conversation.
  Task<Result<ConversationPage>> get(std::string conversation_id, Sequence before, int limit);
  Task<Result<void>> rename(std::string conversation_id, std::string title);
  /// `conflict` while a question of it is being answered: its events would come back.
  Task<Result<void>> erase(std::string conversation_id);

  /// What each of these conversations has used; those that used nothing are missing.
  Task<Result<std::map<std::string, UsageSums>>> usage_of(std::vector<std::string> conversation_ids);
  /// `invalid_input` if the request makes no sense.
  Task<Result<UsageReport>> usage(UsageRequest request);

 private:
  ConversationStore& store_;
  Ledger& ledger_;
  const LiveTurns& live_;
  const Clock& clock_;
};

}  // namespace convoke
