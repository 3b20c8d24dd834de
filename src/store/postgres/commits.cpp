#include "store/postgres/commits.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "store/refusals.hpp"

namespace convoke {
namespace {

// How often an idle writer that had trouble looks whether it is over.
constexpr auto look_again = 1s;
// So long, at most, a commit is put off for those who are about to join it.
constexpr SteadyClock::duration longest_wait_for_company = 1ms;
constexpr auto between_tries = 50ms;
constexpr int max_races = 10;  // after which it is no race

}  // namespace

PostgresCommits::PostgresCommits(PostgresStoreOptions options, std::string location, PostgresWriter writer, Log log)
    : options_(std::move(options)),
      node_(writer.node()),
      writer_(std::move(writer)),
      queue_("postgresql", std::move(location), options_.max_waiting, std::move(log)),
      thread_([this] { run(); }) {}

PostgresCommits::~PostgresCommits() {
  queue_.close();
  thread_.join();
  // Whoever starts next sees at once that this server is gone.
  if (writer_) writer_->give_up_node_number();
}

void PostgresCommits::run() {
  pthread_setname_np(pthread_self(), "store-writer");
  if (auto left = writer_->unfinished_erasures()) unfinished_ = *std::move(left);
  while (!queue_.is_over()) {
    std::vector<Job> batch = next_batch();
    if (batch.empty()) continue;
    const auto started = SteadyClock::now();
    commit(batch);
    last_commit_ = SteadyClock::now() - started;
    queue_.finish(std::move(batch), last_commit_);
  }
}

std::vector<PostgresCommits::Job> PostgresCommits::next_batch() {
  const bool is_healthy = queue_.is_healthy();
  if (is_healthy && queue_.is_idle() && !unfinished_.empty()) {
    erase_more();
    return {};
  }
  if (is_healthy) {
    queue_.wait(options_.along_patience);
  } else if (!queue_.wait_for_urgent(look_again)) {
    look_after_itself();
    if (!queue_.is_healthy()) return {};
  }
  return queue_.take(options_.max_batch_events, std::min(last_commit_ / 2, longest_wait_for_company));
}

void PostgresCommits::commit(Batch batch) {
  const auto together = commit_together(batch);
  // One of them spoilt it for all, by no fault of the database: alone, only that one fails.
  const bool try_alone = !together && together.error().code == Errc::internal && batch.size() > 1;
  for (std::size_t i = 0; i < batch.size() && try_alone; ++i) (void)commit_together(batch.subspan(i, 1));
}

/// One transaction for all of `batch`, and the outcome of each.
Result<void> PostgresCommits::commit_together(Batch batch) {
  // Who waits while everything is fine waits for a restart, too; once it takes longer, nobody does.
  const Deadline give_up = SteadyClock::now() + (queue_.is_healthy() ? options_.patience : 0ms);
  const Result<void> done = try_together(batch, give_up);
  if (done) {
    queue_.set_problem("");
    return {};
  }
  for (Job& job : batch) {
    if (job.outcome || !is_refusal(job.outcome.error())) job.outcome = done;
  }
  if (done.error().code == Errc::unavailable) queue_.set_problem(done.error().message);
  return done;
}

Result<void> PostgresCommits::try_together(Batch batch, Deadline give_up) {
  for (int races = 0;;) {
    const Result<void> done = write_together(batch);
    if (done) return done;
    const bool lost_a_race = writer_ && writer_->connection().lost_a_race() && ++races < max_races;
    recover();
    const bool is_away = !writer_;
    if (is_in_doubt_) {
      const auto was_committed = find_out(give_up);
      if (!was_committed) return done;
      if (*was_committed) return {};  // only the answer was lost
    }
    const bool goes_on = (is_away || lost_a_race) && SteadyClock::now() < give_up && !queue_.is_closing();
    if (!goes_on) return done;
    if (is_away) queue_.pause(between_tries);
  }
}

Result<void> PostgresCommits::write_together(Batch batch) {
  is_in_doubt_ = false;
  CHECK_OK(make_ready());
  std::vector<std::string> conversations;
  int events = 0;
  for (const Job& job : batch) {
    conversations.insert(conversations.end(), job.conversations.begin(), job.conversations.end());
    events += job.events;
  }
  const bool is_durable = std::ranges::any_of(batch, &Job::is_durable);
  CHECK_OK(writer_->begin(std::move(conversations), events, is_durable, ++batch_));
  for (Job& job : batch) {
    job.outcome = job.work(*writer_);
    if (!job.outcome && !is_refusal(job.outcome.error())) return job.outcome;
  }
  Result<void> done = writer_->commit();
  is_in_doubt_ = !done && writer_->connection().is_broken();
  return done;
}

Result<void> PostgresCommits::make_ready() {
  if (writer_) return {};
  auto writer = PostgresWriter::open(options_.url, options_.timeout, node_);
  if (!writer) return fail(Errc::unavailable, writer.error().message);
  writer_ = *std::move(writer);
  return {};
}

/// After a failure: nothing of the transaction stays, and a lost connection is met with a new one.
void PostgresCommits::recover() {
  if (!writer_) return;
  writer_->roll_back();
  if (writer_->connection().is_broken()) writer_.reset();
}

/// Whether the last transaction, whose commit was not answered, was committed.
Result<bool> PostgresCommits::find_out(Deadline give_up) {
  for (;;) {
    // No connection before this one is at work any more: it would hold the number of this server.
    if (make_ready()) {
      auto was_committed = writer_->was_committed(batch_);
      if (was_committed) return was_committed;
      recover();
    }
    const bool goes_on = SteadyClock::now() < give_up && !queue_.is_closing();
    if (!goes_on) return fail(Errc::unavailable, "PostgreSQL did not come back in time");
    queue_.pause(between_tries);
  }
}

/// What an idle writer does about trouble: sees whether it is over, so that nobody has to lose a question to find out.
void PostgresCommits::look_after_itself() {
  Result<void> ready = make_ready();
  if (ready) ready = writer_->begin({}, 0, true, ++batch_);
  if (ready) ready = writer_->commit();
  if (!ready) recover();
  queue_.set_problem(ready ? "" : ready.error().message);
}

/// A little of what nobody waits for.
void PostgresCommits::erase_more() {
  PostgresWriter::Erasure erasure = std::move(unfinished_.back());
  unfinished_.pop_back();
  std::optional<PostgresWriter::Erasure> rest;
  Job step{.work = [&](PostgresWriter& writer) -> Result<void> {
             TRY(rest, writer.erase_some(erasure));
             return {};
           },
           .is_durable = false,
           .conversations = {erasure.conversation_id}};
  if (commit_together({&step, 1}) && rest) unfinished_.push_back(*std::move(rest));
}

}  // namespace convoke
