#include "store/group_commit.hpp"

#include <pthread.h>

#include "store/thread_slices.hpp"

namespace convoke {
namespace {

// How often an idle writer that had trouble looks whether it is over.
constexpr auto look_again = 1s;

// So long, at most, a commit is put off for those who are about to join it.
constexpr SteadyClock::duration longest_wait_for_company = 1ms;

}  // namespace

GroupCommit::GroupCommit(SqliteStoreOptions options, SqliteWriter writer, FileIdentity file, Log log)
    : options_(std::move(options)),
      file_(file),
      log_(std::move(log)),
      writer_(std::move(writer)),
      queue_("sqlite", options_.path, options_.max_waiting, log_),
      thread_([this] { run(); }) {}

GroupCommit::~GroupCommit() {
  queue_.close();
  thread_.join();
}

void GroupCommit::run() {
  pthread_setname_np(pthread_self(), "store-writer");
  ask_for_short_slices();
  while (!queue_.is_over()) {
    std::vector<Job> batch = next_batch();
    if (batch.empty()) continue;
    const auto started = SteadyClock::now();
    commit(batch);
    last_commit_ = SteadyClock::now() - started;
    queue_.finish(std::move(batch), last_commit_);
    if (writer_) writer_->tidy();
    if (may_do_chores() && SteadyClock::now() > chore_due_) do_chore();
  }
}

std::vector<GroupCommit::Job> GroupCommit::next_batch() {
  const bool is_healthy = status().healthy;
  const bool may_rest = is_healthy && queue_.is_idle() && may_do_chores();
  if (may_rest && !queue_.wait_for_work(patience_for_more())) {
    do_chore();
    return {};
  }
  const bool needs_care = !is_healthy || (writer_ && writer_->needs_scrubbing());
  if (!needs_care) {
    queue_.wait(options_.along_patience);
  } else if (!queue_.wait_for_urgent(look_again)) {
    look_after_itself();
    if (!status().healthy) return {};
  }
  // Half of what a commit takes is a good measure: https://www.postgresql.org/docs/current/wal-configuration.html
  return queue_.take(options_.max_batch_events, std::min(last_commit_ / 2, longest_wait_for_company));
}

/// So long the writer holds its chores back after a commit.
SteadyClock::duration GroupCommit::patience_for_more() const {
  return std::clamp<SteadyClock::duration>(2 * last_commit_, 200us, 5ms);
}

void GroupCommit::commit(Batch batch) {
  const auto together = commit_together(batch);
  // One of them spoilt it for all, by no fault of the disk: alone, only that one fails.
  const bool try_alone = !together && together.error().code == Errc::internal && batch.size() > 1;
  for (std::size_t i = 0; i < batch.size() && try_alone; ++i) (void)commit_together(batch.subspan(i, 1));
  scrub_if_due();
}

/// One transaction for all of `batch`, and the outcome of each.
Result<void> GroupCommit::commit_together(Batch batch) {
  const Result<void> done = write_together(batch);
  if (done) {
    queue_.set_problem("");
    return {};
  }
  for (Job& job : batch) {
    if (job.outcome || !is_refusal(job.outcome.error())) job.outcome = done;
  }
  recover(done.error());
  return done;
}

Result<void> GroupCommit::write_together(Batch batch) {
  CHECK_OK(make_ready());
  CHECK_OK(writer_->wait_for_disk(std::ranges::any_of(batch, &Job::is_durable)));
  CHECK_OK(writer_->begin());
  for (Job& job : batch) {
    job.outcome = job.work(*writer_);
    if (!job.outcome && !is_refusal(job.outcome.error())) return job.outcome;
  }
  return writer_->commit();
}

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
  if (status().healthy) return;
  Result<void> ready = make_ready();
  if (ready) ready = writer_->probe();
  if (ready) {
    queue_.set_problem("");
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

}  // namespace convoke
