// How the writer gets over trouble with its file, and what it does while nobody waits.
#include "store/group_commit.hpp"

namespace convoke {

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
  set_problem(error.message);
}

/// What an idle writer does about trouble: sees whether it is over, so that nobody has to lose a question to find out.
void GroupCommit::look_after_itself() {
  scrub_if_due();
  if (status().healthy) return;
  Result<void> ready = make_ready();
  if (ready) ready = writer_->probe();
  if (ready) {
    set_problem("");
  } else {
    recover(ready.error());
  }
}

bool GroupCommit::may_do_chores() const { return writer_ && writer_->has_chores() && !chores_failed_; }

/// Work that nobody waits for is done while there is no other, and a little of it each second even then.
void GroupCommit::do_chore() {
  chore_due_ = SteadyClock::now() + 1s;
  const auto done = writer_->do_chore();
  if (done) return;
  chores_failed_ = done.error().code != Errc::unavailable;
  if (chores_failed_) log_.error("store.chore_failed", {{"reason", done.error().message}});
  recover(done.error());
}

/// Empties the write-ahead log after an erase: at once, and if a reader was in the way, again a while later.
void GroupCommit::scrub_if_due() {
  if (!writer_ || !writer_->needs_scrubbing() || SteadyClock::now() < next_scrub_) return;
  writer_->scrub();
  next_scrub_ = writer_->needs_scrubbing() ? SteadyClock::now() + look_again : Deadline{};
}

void GroupCommit::set_problem(std::string problem) {
  const std::scoped_lock lock(mutex_);
  if (status_.problem == problem) return;
  if (problem.empty()) {
    log_.info("store.recovered", {{"path", options_.path}});
  } else {
    log_.error("store.unavailable", {{"problem", problem}});
  }
  status_.healthy = problem.empty();
  status_.problem = std::move(problem);
}

}  // namespace convoke
