#pragma once
#include <thread>

#include "store/file_claim.hpp"
#include "store/sqlite_store.hpp"
#include "store/sqlite_writer.hpp"
#include "store/write_queue.hpp"

namespace convoke {

/// The one writer of a file: a thread that takes all work waiting, does it in one transaction, and wakes those who wait
/// for it once it is on disk. Cost per piece of work falls as load rises.
class GroupCommit {
 public:
  using Queue = WriteQueue<SqliteWriter>;
  using Work = Queue::Work;

  GroupCommit(SqliteStoreOptions options, SqliteWriter writer, FileIdentity file, Log log);
  /// Finishes the work that waits.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Does `work`, which appends `events` events, and answers when it is durable or has failed. Callable from any
  /// thread. Answers `exhausted` at once when `max_waiting` pieces of work wait.
  void submit(int events, Work work, Answer<Result<void>> answer) {
    queue_.submit({.events = events, .work = std::move(work), .answer = std::move(answer)});
  }

  /// As `submit`, but answers before the disk has it: for steps of what is only promised when the last one is done.
  void submit_step(Work work, Answer<Result<void>> answer) {
    queue_.submit({.work = std::move(work), .answer = std::move(answer), .is_durable = false});
  }

  /// Does `work` along with the next commit, or in a commit of its own when none comes for a moment: for what must be
  /// kept and what nobody waits for. Done before all that is submitted later. What the disk refuses is tried again;
  /// when `max_waiting` pieces of work wait, it is dropped and logged. Callable from any thread.
  void submit_along(Work work) { queue_.submit({.work = std::move(work)}); }

  StoreStatus status() const { return queue_.status(); }

 private:
  using Job = Queue::Job;
  using Batch = Queue::Batch;

  void run();
  std::vector<Job> next_batch();
  SteadyClock::duration patience_for_more() const;
  void commit(Batch batch);
  Result<void> commit_together(Batch batch);
  Result<void> write_together(Batch batch);
  Result<void> make_ready();
  void recover(const Error& error);
  void look_after_itself();
  bool may_do_chores() const;
  void do_chore();
  void scrub_if_due();

  const SqliteStoreOptions options_;
  const FileIdentity file_;
  const Log log_;
  std::optional<SqliteWriter> writer_;  ///< missing after trouble, until it opens again
  Deadline next_scrub_{};
  SteadyClock::duration last_commit_{};  ///< took so long
  Deadline chore_due_{};                 ///< when a chore is done although others wait
  bool chores_failed_ = false;           ///< in a way that trying again does not help

  Queue queue_;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace convoke
