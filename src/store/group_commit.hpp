#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/answer.hpp"
#include "base/log.hpp"
#include "store/conversation_store.hpp"
#include "store/file_claim.hpp"
#include "store/sqlite_store.hpp"
#include "store/sqlite_writer.hpp"

namespace convoke {

/// The one writer of a file: a thread that takes all work waiting, does it in one transaction, and wakes those who wait
/// for it once it is on disk. Cost per piece of work falls as load rises.
class GroupCommit {
 public:
  /// One piece of work: whole or not at all. May run more than once, each time on a state without its earlier runs.
  using Work = std::function<Result<void>(SqliteWriter&)>;

  GroupCommit(SqliteStoreOptions options, SqliteWriter writer, FileIdentity file, Log log);
  /// Finishes the work that waits.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  /// Does `work`, which appends `events` events, and answers when it is durable or has failed. Callable from any
  /// thread. Answers `exhausted` at once when `max_waiting` pieces of work wait.
  void submit(int events, Work work, Answer<Result<void>> answer) {
    submit(events, std::move(work), std::move(answer), true);
  }

  /// As `submit`, but answers before the disk has it: for steps of what is only promised when the last one is done.
  /// Steps are done between commits that others wait for, and before those only when they have waited for a while.
  void submit_step(Work work, Answer<Result<void>> answer) { submit(0, std::move(work), std::move(answer), false); }

  /// Does `work` along with the next commit, or in a commit of its own when none comes for a moment: for what must be
  /// kept and what nobody waits for. Done before all that is submitted later. What the disk refuses is tried again;
  /// when `max_waiting` pieces of work wait, it is dropped and logged. Callable from any thread.
  void submit_along(Work work);

  StoreStatus status() const;

 private:
  /// How often an idle writer that had trouble looks whether it is over.
  static constexpr auto look_again = std::chrono::seconds(1);

  struct Job {
    int events;
    Work work;
    std::optional<Answer<Result<void>>> answer;  ///< none: it goes along
    bool is_durable = true;                      ///< its commit waits for the disk
    SteadyClock::time_point since{};             ///< of a step: when it was submitted
    Result<void> outcome{};
  };
  using Batch = std::span<Job>;

  void submit(int events, Work work, Answer<Result<void>> answer, bool is_durable);
  void run();
  std::vector<Job> next_batch();
  bool is_step_due() const;
  void wait_for_company(std::unique_lock<std::mutex>& lock);
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
  void try_again_later(Batch batch);
  void set_problem(std::string problem);

  const SqliteStoreOptions options_;
  const FileIdentity file_;
  const Log log_;
  std::optional<SqliteWriter> writer_;  ///< missing after trouble, until it opens again
  Deadline next_scrub_{};
  SteadyClock::duration last_commit_{};  ///< took so long
  SteadyClock::duration last_sync_{};    ///< so long of it for getting it to the disk
  int crowd_ = 0;                        ///< so many were answered by it
  bool may_come_back_ = false;           ///< and nobody waited for them since
  Deadline chore_due_{};                 ///< when a chore is done although others wait
  bool chores_failed_ = false;           ///< in a way that trying again does not help

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;  ///< guarded by mutex_, as are the next five
  std::deque<Job> steps_;
  int urgent_ = 0;  ///< jobs in queue_ that somebody waits for
  int wanted_ = 1;  ///< so many of them wake the writer
  bool closing_ = false;
  StoreStatus status_;
  std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace convoke
