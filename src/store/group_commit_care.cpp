// How the writer gets over trouble with its file, and what it does while nobody waits.
#include <algorithm>

#include "store/group_commit.hpp"

namespace convoke {
namespace {

constexpr auto long_chore = 3ms;
constexpr auto rest_of_chores = 50ms;

}  // namespace

/// Makes sure that there is a writer, and that what it writes to is still the file people see.
Result<void> GroupCommit::make_ready() {
  const auto file = identify(options_.path);
  if (file != file_) {
    return fail(Errc::unavailable, options_.path + ": moved, deleted or replaced while in use; put it back or restart");
  }
  if (!writer_) {
    TRY(writer_, SqliteWriter::open(options_));
  }
  return {};
}

/// After a failure: nothing of the transaction stays, and trouble with the file is met with a new connection.
void GroupCommit::recover(const Error& error) {
  if (writer_) writer_->roll_back();
  if (error.code != Errc::unavailable) return;
  writer_.reset();
  queue_.set_problem(error.message);
}

/// What an idle writer does about trouble: sees whether it is over, so that nobody has to lose a question to find out.
void GroupCommit::look_after_itself() {
  scrub_if_due();
  if (queue_.is_healthy()) return;
  Result<void> ready = make_ready();
  if (ready) ready = writer_->probe();
  if (ready) {
    queue_.set_problem("");
  } else {
    recover(ready.error());
  }
}

/// There is something to be done in a while although nothing may be submitted.
bool GroupCommit::needs_care() const {
  if (!writer_) return true;
  const bool may_have_chores_soon = writer_->has_chores() || writer_->expects_chores();
  return writer_->needs_scrubbing() || (may_have_chores_soon && !chores_failed_);
}

bool GroupCommit::may_do_chores() const {
  return writer_ && queue_.is_healthy() && writer_->has_chores() && !chores_failed_ &&
         SteadyClock::now() >= chores_rest_;
}

/// Work that nobody waits for is done while there is no other, and a little of it now and then even then. What takes
/// long and cannot be divided gives way to others, but not for ever: it may have a hundredth of the time.
void GroupCommit::do_chore() {
  const auto began = SteadyClock::now();
  const bool may_take_long = began >= long_chore_due_;
  const auto done = writer_->do_chore([&] { return !may_take_long && queue_.somebody_waits(); });
  const auto now = SteadyClock::now();
  const auto took = now - began;
  chore_due_ = now + 20 * took;
  if (done && *done) {
    if (took > long_chore) long_chore_due_ = now + 100 * took;
    return;
  }
  if (done) {
    chores_rest_ = now + rest_of_chores;
    return;
  }
  chores_failed_ = done.error().code != Errc::unavailable;
  if (chores_failed_) log_.error("store.chore_failed", {{"reason", done.error().message}});
  recover(done.error());
}

/// Empties the write-ahead log after an erase: at once, and if a reader was in the way, again a while later.
void GroupCommit::scrub_if_due() {
  if (!writer_ || !writer_->needs_scrubbing() || SteadyClock::now() < next_scrub_) return;
  writer_->scrub([this] { return queue_.somebody_waits(); });
  next_scrub_ = writer_->needs_scrubbing() ? SteadyClock::now() + look_again : Deadline{};
}

}  // namespace convoke
