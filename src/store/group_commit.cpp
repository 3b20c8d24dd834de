#include "store/group_commit.hpp"

#include <pthread.h>

#include <algorithm>

#include "store/refusals.hpp"
#include "store/thread_slices.hpp"

namespace convoke {
namespace {

// So long, at most, a commit is put off for those who are about to join it.
constexpr SteadyClock::duration longest_wait_for_company = 1ms;

}  // namespace

GroupCommit::GroupCommit(SqliteStoreOptions options, SqliteWriter writer, FileIdentity file, Log log)
    : options_(std::move(options)),
      file_(file),
      log_(log),
      writer_(std::move(writer)),
      queue_("sqlite", options_.path, options_.max_waiting, std::move(log)),
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
    const auto took = SteadyClock::now() - started;
    if (batch.front().is_durable) last_commit_ = took;
    may_come_back_ = true;
    queue_.finish(std::move(batch), took);
    if (writer_) writer_->tidy();
    if (may_do_chores() && SteadyClock::now() > chore_due_) do_chore();
  }
}

std::vector<GroupCommit::Job> GroupCommit::next_batch() {
  if (queue_.is_idle() && may_do_chores()) {
    const bool somebody_came = may_come_back_ && queue_.wait_for_work(patience_for_more());
    may_come_back_ = false;
    if (!somebody_came) {
      do_chore();
      return {};
    }
  }
  if (!wait_for_work()) {
    look_after_itself();
    return {};
  }
  // For those who are about to join a commit, half of what a sync takes is a good measure:
  // https://www.postgresql.org/docs/current/wal-configuration.html
  return queue_.take(options_.max_batch_events, std::min(last_sync_ / 2, longest_wait_for_company));
}

/// False when it is time to look after other things than work.
bool GroupCommit::wait_for_work() {
  // What goes along can wait for better times.
  if (!queue_.is_healthy()) return queue_.wait_for_urgent(look_again);
  if (needs_care()) return queue_.wait(options_.along_patience, look_again);
  return queue_.wait(options_.along_patience);
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
  const auto started = SteadyClock::now();
  auto done = writer_->commit();
  if (batch.front().is_durable) last_sync_ = SteadyClock::now() - started;
  return done;
}

}  // namespace convoke
