#pragma once
#include <string>
#include <string_view>

#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "chat/replay.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// Keeps the words of the reply that is coming in past a crash: what has come in a second is written together, sooner
/// where it is much. A short answer is never written twice, and a long one costs the same per word to its end. Used
/// from one loop; `scope` must outlive it and end its writing.
class TurnDraft {
 public:
  TurnDraft(Executor executor, ConversationStore& store, TaskScope& scope, const Question& question);

  /// Takes more words on and never waits.
  void add(std::string_view words);
  /// The words are on their way to the log: what has not been written is not needed any more.
  void drop();

  static constexpr auto write_every = std::chrono::seconds(1);
  /// This many bytes are written at once.
  static constexpr std::size_t enough = 16 * 1024;

 private:
  Task<> keep();

  ConversationStore& store_;
  TaskScope& scope_;
  const Question& question_;
  Signal changed_;
  std::string words_;  ///< not written yet
  bool keeping_ = false;
};

}  // namespace convoke
