#include "chat/turn_draft.hpp"

namespace convoke {

TurnDraft::TurnDraft(Executor executor, ConversationStore& store, TaskScope& scope, const Question& question)
    : store_(store), scope_(scope), question_(question), changed_(std::move(executor)) {}

void TurnDraft::add(std::string_view words) {
  words_ += words;
  if (words_.size() >= enough) changed_.notify();
  if (keeping_) return;
  keeping_ = true;
  scope_.spawn("keeping a draft", keep());
}

void TurnDraft::drop() {
  words_.clear();
  changed_.notify();
}

/// One write at a time: while the disk is busy, more words gather. A failed write is not repeated here; that the store
/// is in trouble shows when the turn's events are written.
Task<> TurnDraft::keep() {
  while (!words_.empty()) {
    const Deadline due = SteadyClock::now() + write_every;
    bool told = true;
    while (told && !words_.empty() && words_.size() < enough) told = co_await changed_.wait_until(due);
    if (words_.empty()) break;
    (void)co_await store_.keep_draft({question_.conversation_id, question_.request_id, std::exchange(words_, {})});
  }
  keeping_ = false;
}

}  // namespace convoke
