#include "store/group_commit.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <ranges>

#include "store/thread_slices.hpp"

namespace convoke {
namespace {

// How often an idle writer that had trouble looks whether it is over.
constexpr auto look_again = 1s;

// So long, at most, a commit is put off for those who are about to join it.
constexpr SteadyClock::duration longest_wait_for_company = 1ms;

/// True for work that was refused and changed nothing, unlike work that spoilt its transaction.
bool is_refusal(const Error& error) {
  return error.code == Errc::invalid_input || error.code == Errc::not_found || error.code == Errc::conflict;
}

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
      queue_.push_back({events, std::move(work), std::move(answer), is_durable});
      ++status_.waiting;
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
      wake(std::move(batch));
      if (writer_) writer_->tidy();
      if (may_do_chores() && SteadyClock::now() > chore_due_) do_chore();
      continue;
    }
    const std::unique_lock lock(mutex_);
    if (closing_ && queue_.empty()) return;
  }
}

std::vector<GroupCommit::Job> GroupCommit::next_batch() {
  std::unique_lock lock(mutex_);
  const auto has_work = [&] { return closing_ || !queue_.empty(); };
  const auto has_urgent_work = [&] { return closing_ || urgent_ > 0; };
  if (queue_.empty() && !closing_ && status_.healthy && may_do_chores() &&
      !changed_.wait_for(lock, patience_for_more(), has_work)) {
    lock.unlock();
    do_chore();
    return {};
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
  wait_for_company(lock);
  std::vector<Job> batch;
  crowd_ = 0;
  for (int events = 0; !queue_.empty() && events < options_.max_batch_events; queue_.pop_front()) {
    events += std::max(queue_.front().events, 1);
    crowd_ += queue_.front().answer.has_value();
    batch.push_back(std::move(queue_.front()));
  }
  urgent_ -= crowd_;
  return batch;
}

/// Those whom the last commit answered come back together, some microseconds one after the other: a commit for the
/// first of them alone would make all others wait for two. Half of what a commit takes is a good measure for it:
/// https://www.postgresql.org/docs/current/wal-configuration.html
void GroupCommit::wait_for_company(std::unique_lock<std::mutex>& lock) {
  if (urgent_ == 0 || urgent_ >= crowd_) return;
  wanted_ = crowd_;
  const auto patience = std::min(last_commit_ / 2, longest_wait_for_company);
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
  last_commit_ = SteadyClock::now() - started;
  count(batch, last_commit_);
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

void GroupCommit::count(Batch batch, std::chrono::duration<double> took) {
  const std::scoped_lock lock(mutex_);
  status_.waiting -= std::ssize(batch);
  status_.commit_seconds += took.count();
  bool committed = false;
  for (const Job& job : batch) {
    if (!job.outcome) continue;
    committed = true;
    status_.events += job.events;
  }
  status_.commits += committed;
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

/// Wakes everybody with one post per loop: a post each would wake a busy loop many times over.
void GroupCommit::wake(std::vector<Job> batch) {
  std::vector<std::vector<Job>> by_loop;
  for (Job& job : batch) {
    if (!job.answer) continue;
    const auto is_its_loop = [&](const auto& jobs) { return jobs.front().answer->loop() == job.answer->loop(); };
    auto jobs = std::ranges::find_if(by_loop, is_its_loop);
    if (jobs == by_loop.end()) jobs = by_loop.insert(jobs, std::vector<Job>{});
    jobs->push_back(std::move(job));
  }
  for (auto& jobs : by_loop) {
    const Executor loop = jobs.front().answer->loop();
    hand_over(loop, [jobs = std::move(jobs)]() mutable {
      for (Job& job : jobs) job.answer->deliver(std::move(job.outcome));
    });
  }
}

}  // namespace convoke
