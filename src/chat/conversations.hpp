#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chat/exporting.hpp"
#include "chat/importing.hpp"
#include "chat/live_turns.hpp"
#include "store/conversation_store.hpp"
#include "store/usage_report.hpp"

namespace convoke {

/// One page of what people see of a conversation: the way to the end of its active branch.
struct ConversationPage {
  std::vector<Event> events;  ///< oldest first
  bool has_more = false;      ///< there are older ones
  /// For each of them that has others beside it: all of these, the first said first.
  std::map<Sequence, std::vector<Sequence>> siblings{};
};

/// How much of one conversation stays, and what goes by that.
struct RetentionReport {
  std::optional<Retention> retention;  ///< its own; none: as configured
  std::int64_t would_go = 0;           ///< events
  Sequence first_kept = 0;             ///< 0: nothing goes
};

/// What clients may do with conversations besides talking. Callable from any loop.
class Conversations {
 public:
  /// `rule` is the configured retention, asked each time. All outlive it.
  Conversations(ConversationStore& store, Ledger& ledger, const LiveTurns& live, const Clock& clock,
                std::function<RetentionRule()> rule)
      : store_(store), ledger_(ledger), live_(live), clock_(clock), rule_(std::move(rule)) {}

  /// Last changed first.
  Task<Result<std::vector<ConversationSummary>>> list(bool archived, int offset, int limit);
  /// `not_found` if there is no such conversation.
  Task<Result<ConversationPage>> get(std::string conversation_id, Sequence before, int limit);
  /// Begins a conversation with what this one has up to the turn of event `at` (0: the newest), and returns its id.
  /// `conflict` when that turn is not over, or `new_id` is taken.
  Task<Result<std::string>> fork(std::string conversation_id, Sequence at, std::optional<std::string> new_id);
  /// Shows the newest branch that leads through `event`, and continues there. `not_found` if there is no such event.
  Task<Result<void>> switch_to(std::string conversation_id, Sequence event);
  /// As ConversationStore::search.
  Task<Result<std::vector<SearchHit>>> search(SearchQuery query);
  Task<Result<void>> set_archived(std::string conversation_id, bool archived);
  /// Returns the title as it is shown from now on.
  Task<Result<std::string>> rename(std::string conversation_id, std::string title);
  /// `conflict` while a question of it is being answered: its events would come back.
  Task<Result<void>> erase(std::string conversation_id);
  /// True for one that takes no more questions: it was deleted while a fork shows a part of it.
  Task<bool> was_deleted(std::string conversation_id);

  /// As `export_conversation`.
  Task<Result<std::int64_t>> write(std::string conversation_id, ExportFormat format, TakePiece take);
  /// A file that is about to come in.
  std::unique_ptr<Import> begin_import(ImportOptions options);
  /// Tells what goes by the retention of a conversation, or, with `changes`, by the one it gets. What has to go is
  /// deleted with the next round, not at once.
  Task<Result<RetentionReport>> retain(RetainConversation wanted);

  /// What each of these conversations has used; those that used nothing are missing.
  Task<Result<std::map<std::string, UsageSums>>> usage_of(std::vector<std::string> conversation_ids);
  /// `invalid_input` if the request makes no sense.
  Task<Result<UsageReport>> usage(UsageRequest request);

 private:
  Task<Result<std::vector<Event>>> path(std::string conversation_id, Sequence leaf, int limit);

  ConversationStore& store_;
  Ledger& ledger_;
  const LiveTurns& live_;
  const Clock& clock_;
  std::function<RetentionRule()> rule_;
  ImportClaims claims_;
};

}  // namespace convoke
