#include "store/group_commit.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <ranges>

#include "store/thread_slices.hpp"
#include "store/write_jobs.hpp"

namespace convoke {
namespace {

// So long the steps of a long deed let everybody else go first.
constexpr auto longest_wait_of_a_step = 20ms;

// So long, at most, a commit is put off for those who are about to join it.
constexpr SteadyClock::duration longest_wait_for_company = 1ms;

}  // namespace

GroupCommit::GroupCommit(SqliteStoreOptions options, SqliteWriter writer, FileIdentity file, Log log)
    : options_(std::move(options)),
      file_(file),
      log_(std::move(log)),
      writer_(std::move(writer)),
      status_{.kind = "sqlite", .location = options_.path, .problem = {}},
      thread_([this] { run(); }) {}

GroupCommit::~GroupCommit() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void GroupCommit::submit(int events, Work work, Answer<Result<void>> answer, bool is_durable) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_ && status_.waiting < options_.max_waiting) {
      ++status_.waiting;
      if (!is_durable) {
        steps_.push_back({events, std::move(work), std::move(answer), false, SteadyClock::now()});
        if (queue_.empty()) changed_.notify_one();
        return;
      }
      queue_.push_back({events, std::move(work), std::move(answer), true});
      // The writer looks at the queue before it sleeps: only the entry it waits for can find it asleep.
      if (++urgent_ == wanted_) changed_.notify_one();
      return;
    }
  }
  answer.send(fail(Errc::exhausted, fmt::format("{} writes wait for the disk already", options_.max_waiting)));
}

void GroupCommit::submit_along(Work work) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closing_ && status_.waiting < options_.max_waiting) {
      queue_.push_back({0, std::move(work), std::nullopt});
      ++status_.waiting;
      if (queue_.size() == 1) changed_.notify_one();
      return;
    }
  }
  log_.error("store.dropped", {{"waiting", options_.max_waiting}});
}

StoreStatus GroupCommit::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

void GroupCommit::run() {
  pthread_setname_np(pthread_self(), "store-writer");
  ask_for_short_slices();
  for (;;) {
    std::vector<Job> batch = next_batch();
    if (!batch.empty()) {
      commit(batch);
      try_again_later(batch);
      wake_all(std::move(batch));
      if (writer_) writer_->tidy();
      if (may_do_chores() && SteadyClock::now() > chore_due_) do_chore();
      continue;
    }
    const std::unique_lock lock(mutex_);
    if (closing_ && queue_.empty() && steps_.empty()) return;
  }
}

std::vector<GroupCommit::Job> GroupCommit::next_batch() {
  std::unique_lock lock(mutex_);
  const auto has_work = [&] { return closing_ || !queue_.empty() || !steps_.empty(); };
  const auto has_urgent_work = [&] { return closing_ || urgent_ > 0 || !steps_.empty(); };
  if (!has_work() && status_.healthy && may_do_chores()) {
    const bool somebody_came = may_come_back_ && changed_.wait_for(lock, patience_for_more(), has_work);
    may_come_back_ = false;
    if (!somebody_came) {
      lock.unlock();
      do_chore();
      return {};
    }
  }
  const bool needs_care = !status_.healthy || (writer_ && writer_->needs_scrubbing());
  if (!needs_care) {
    changed_.wait(lock, has_work);
    changed_.wait_for(lock, options_.along_patience, has_urgent_work);
  } else if (!changed_.wait_for(lock, look_again, has_urgent_work)) {
    lock.unlock();
    look_after_itself();
    if (!status().healthy) return {};
    lock.lock();
  }
  std::vector<Job> batch;
  if (is_step_due()) {
    batch.push_back(std::move(steps_.front()));
    steps_.pop_front();
    return batch;
  }
  wait_for_company(lock);
  crowd_ = 0;
  for (int events = 0; !queue_.empty() && events < options_.max_batch_events; queue_.pop_front()) {
    events += std::max(queue_.front().events, 1);
    crowd_ += queue_.front().answer.has_value();
    batch.push_back(std::move(queue_.front()));
  }
  urgent_ -= crowd_;
  return batch;
}

bool GroupCommit::is_step_due() const {
  return !steps_.empty() && (queue_.empty() || SteadyClock::now() - steps_.front().since > longest_wait_of_a_step);
}

/// Those whom the last commit answered come back together, some microseconds one after the other: a commit for the
/// first of them alone would make all others wait for two. Half of what a sync takes is a good measure for it:
/// https://www.postgresql.org/docs/current/wal-configuration.html
void GroupCommit::wait_for_company(std::unique_lock<std::mutex>& lock) {
  if (urgent_ == 0 || urgent_ >= crowd_) return;
  wanted_ = crowd_;
  const auto patience = std::min(last_sync_ / 2, longest_wait_for_company);
  changed_.wait_for(lock, patience, [&] { return closing_ || urgent_ >= crowd_; });
  wanted_ = 1;
}

/// So long the writer holds its chores back after a commit.
SteadyClock::duration GroupCommit::patience_for_more() const {
  return std::clamp<SteadyClock::duration>(2 * last_commit_, 200us, 5ms);
}

void GroupCommit::commit(Batch batch) {
  const auto started = SteadyClock::now();
  const auto together = commit_together(batch);
  // One of them spoilt it for all, by no fault of the disk: alone, only that one fails.
  const bool try_alone = !together && together.error().code == Errc::internal && batch.size() > 1;
  for (std::size_t i = 0; i < batch.size() && try_alone; ++i) (void)commit_together(batch.subspan(i, 1));
  scrub_if_due();
  const auto took = SteadyClock::now() - started;
  if (batch.front().is_durable) last_commit_ = took;
  may_come_back_ = true;
  const std::scoped_lock lock(mutex_);
  count_into(status_, batch, took);
}

/// One transaction for all of `batch`, and the outcome of each.
Result<void> GroupCommit::commit_together(Batch batch) {
  const Result<void> done = write_together(batch);
  if (done) {
    set_problem("");
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

/// What went along and failed with the file is kept for the time when that works again; the rest could never work.
void GroupCommit::try_again_later(Batch batch) {
  const std::scoped_lock lock(mutex_);
  for (Job& job : batch | std::views::reverse) {
    if (job.answer || job.outcome) continue;
    if (job.outcome.error().code == Errc::unavailable && !closing_) {
      queue_.push_front({0, std::move(job.work), std::nullopt});
      ++status_.waiting;
    } else {
      log_.error("store.dropped", {{"reason", job.outcome.error().message}});
    }
  }
}

}  // namespace convoke
