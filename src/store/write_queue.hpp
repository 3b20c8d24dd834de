#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <ranges>
#include <span>
#include <vector>

#include "base/answer.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "store/conversation_store.hpp"
#include "store/write_jobs.hpp"

namespace convoke {

/// The work that waits for a store's one writing thread, and the store's figures. That thread takes what waits, and
/// finishes it; all others submit, from any thread.
template <class Writer>
class WriteQueue {
 public:
  /// One piece of work: whole or not at all. May run more than once, each time on a state without its earlier runs.
  using Work = std::function<Result<void>(Writer&)>;

  struct Job {
    int events = 0;  ///< that it appends
    Work work;
    std::optional<Answer<Result<void>>> answer{};  ///< none: it goes along
    bool is_durable = true;                        ///< its commit waits for the disk
    std::vector<std::string> conversations{};      ///< that it changes, where the writer has to know beforehand
    Result<void> outcome{};
  };
  using Batch = std::span<Job>;

  /// `max_waiting`: pieces of work that may wait; the next one is refused.
  WriteQueue(std::string kind, std::string location, int max_waiting, Log log)
      : max_waiting_(max_waiting), log_(std::move(log)) {
    status_.kind = std::move(kind);
    status_.location = std::move(location);
  }

  /// Answers `exhausted` at once when too many wait. Work without an answer is dropped and logged then.
  void submit(Job job);
  StoreStatus status() const;
  /// Nothing is taken in any more; the thread that works wakes up and finishes.
  void close();

  // ---- for the thread that works ----

  bool is_closing() const;
  bool is_over() const;  ///< closed, and nothing waits
  bool is_idle() const;  ///< nothing waits, and it is not closed
  /// Waits until something waits, then for a moment until it is something that somebody waits for.
  void wait(std::chrono::milliseconds along_patience);
  /// Waits for something that somebody waits for; false after `patience`.
  bool wait_for_urgent(std::chrono::milliseconds patience);
  /// Waits for a moment, or until it is closed.
  void pause(std::chrono::milliseconds moment);
  /// Waits for anything; false after `patience`.
  bool wait_for_work(SteadyClock::duration patience);
  /// What waits. Those whom the last batch answered come back together, some microseconds one after the other, and a
  /// commit for the first of them alone would make all others wait for two: so many are waited for, up to `patience`.
  std::vector<Job> take(int max_events, SteadyClock::duration patience);
  /// Counts the batch, wakes those who wait for it, and keeps for later what went along and failed with the database.
  void finish(std::vector<Job> batch, std::chrono::duration<double> took);
  /// Empty: everything is fine again.
  void set_problem(std::string problem);

 private:
  void try_again_later(Batch batch);

  const int max_waiting_;
  const Log log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;  ///< guarded by mutex_, as are the next four
  int urgent_ = 0;         ///< jobs in queue_ that somebody waits for
  int wanted_ = 1;         ///< so many of them wake the thread
  bool closing_ = false;
  StoreStatus status_;
  int crowd_ = 0;  ///< so many wait for the batch that was taken last
};

}  // namespace convoke

#include "store/write_queue_impl.hpp"
