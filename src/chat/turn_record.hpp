#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "chat/replay.hpp"
#include "chat/summary.hpp"
#include "chat/token_count.hpp"
#include "llm/provider.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// Writes what happens in one turn to the store, in order, while the turn goes on, some milliseconds later at most;
/// `durable` is where the turn waits for the disk. Used from one loop only; `scope` must outlive it and end its
/// writing.
class TurnRecord {
 public:
  /// So long what nobody waits for is kept for what comes next: a quick answer is on disk along with its question, and
  /// the model is not held up by a busy disk.
  static constexpr std::chrono::milliseconds usual_patience{5};

  /// Everything is counted by `tokenizer`, of a long result of a tool a page of `page_bytes`.
  TurnRecord(Executor executor, ConversationStore& store, const Clock& clock, TaskScope& scope,
             const Question& question, Counting counting, const Tokenizer& tokenizer, std::size_t page_bytes,
             std::chrono::milliseconds patience = usual_patience);

  // Each takes its event on and never waits.
  /// Opens the turn after `parent`, as `Event::parent` says it: with the question, or, when that is `parent` itself and
  /// only wanted answered once more, without.
  void question(Sequence parent);
  void reply(const Reply& reply);
  /// What had arrived of a reply that was not completed. Nothing is recorded when nothing had.
  void partial(Message message, const std::string& model);
  /// A call as it is about to be sent to `server`; `by_user`: the user was asked and agreed.
  void call(const ToolCall& call, const std::string& server, bool by_user = false);
  /// `result_id`: by which a long result can be read page by page; may be empty.
  void result(const ToolResult& result, const std::string& server, std::int64_t duration_ms,
              const std::string& result_id = {});
  void summary(const Summary& summary, const Reply& written);
  void close(EventType how, json::object details, std::optional<Usage> usage, const std::string& model);

  /// Returns once everything recorded so far is on disk, or with the first reason why something is not.
  Task<Result<void>> durable();

  /// The event that opened the turn as the store keeps it; its `seq` is 0 before it is durable.
  const Event& opening() const { return opening_; }

 private:
  void record(EventType type, Message message, json::object details = {}, const std::string& model = {},
              std::optional<Usage> usage = {});
  Task<> write();

  ConversationStore& store_;
  const Clock& clock_;
  TaskScope& scope_;
  const Question& question_;
  Executor workers_;
  MessageCounter counter_;
  std::size_t page_bytes_;
  const std::chrono::milliseconds patience_;
  Signal wanted_;
  Signal written_;
  std::vector<Event> waiting_;
  Event opening_;
  Sequence next_parent_ = 0;
  bool writing_ = false;
  bool is_wanted_ = false;  ///< somebody waits for it to be durable
  std::optional<Error> problem_;
};

}  // namespace convoke
