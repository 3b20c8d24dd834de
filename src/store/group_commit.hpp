#pragma once
#include <optional>
#include <thread>

#include "store/file_claim.hpp"
#include "store/sqlite_store.hpp"
#include "store/sqlite_writer.hpp"
#include "store/write_queue.hpp"

namespace convoke {

/// The one writer of a file: a thread that takes all work waiting, does it in one transaction, and wakes those who wait
/// for it once it is on disk. Cost per piece of work falls as load rises. While nobody waits, it does chores.
class GroupCommit {
 public:
  using Queue = WriteQueue<SqliteWriter>;

  GroupCommit(SqliteStoreOptions options, SqliteWriter writer, FileIdentity file, Log log);
  /// Finishes the work that waits.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  void submit(Queue::Job job) { queue_.submit(std::move(job)); }
  StoreStatus status() const { return queue_.status(); }

 private:
  /// How often an idle writer looks whether trouble is over, or something else is due.
  static constexpr auto look_again = std::chrono::seconds(1);

  using Job = Queue::Job;
  using Batch = Queue::Batch;

  void run();
  std::vector<Job> next_batch();
  bool wait_for_work();
  SteadyClock::duration patience_for_more() const;
  void commit(Batch batch);
  Result<void> commit_together(Batch batch);
  Result<void> write_together(Batch batch);
  Result<void> make_ready();
  void recover(const Error& error);
  void look_after_itself();
  bool needs_care() const;
  bool may_do_chores() const;
  void do_chore();
  void scrub_if_due();

  const SqliteStoreOptions options_;
  const FileIdentity file_;
  const Log log_;
  std::optional<SqliteWriter> writer_;  ///< missing after trouble, until it opens again
  Deadline next_scrub_{};
  SteadyClock::duration last_commit_{};  ///< took so long
  SteadyClock::duration last_sync_{};    ///< so long of it for getting it to the disk
  bool may_come_back_ = false;           ///< those whom it answered, and nobody waited for them since
  Deadline chore_due_{};                 ///< when a chore is done although others wait
  Deadline chores_rest_{};               ///< until then, because one gave way to others
  Deadline long_chore_due_{};            ///< when one may take long although others wait
  bool chores_failed_ = false;           ///< in a way that trying again does not help
  Queue queue_;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace convoke
