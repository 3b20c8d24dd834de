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

namespace convoke {

/// The work that waits for a store's one writing thread, and the store's figures. That thread takes what waits, and
/// finishes it; all others submit, from any thread.
///
/// Of three kinds: what somebody waits for until it is durable; steps of a long deed, which somebody waits for as well
/// but let others go first; and what goes along with them, when nobody waits for it.
template <class Writer>
class WriteQueue {
 public:
  /// One piece of work: whole or not at all. May run more than once, each time on a state without its earlier runs.
  using Work = std::function<Result<void>(Writer&)>;

  struct Job {
    int events = 0;  ///< that it appends
    Work work;
    std::optional<Answer<Result<void>>> answer{};  ///< none: it goes along
    bool is_durable = true;                        ///< its commit waits for the disk; a step's does not
    std::vector<std::string> conversations{};      ///< that it changes, where the writer has to know beforehand
    SteadyClock::time_point since{};               ///< of a step: when it was submitted
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
  bool is_healthy() const;
  /// Nothing is taken in any more; the thread that works wakes up and finishes.
  void close();

  // ---- for the thread that works ----

  bool is_closing() const;
  bool is_over() const;         ///< closed, and nothing waits
  bool is_idle() const;         ///< nothing waits, and it is not closed
  bool somebody_waits() const;  ///< for something, or for the thread to end
  /// Waits until something waits, then for a moment until it is something that somebody waits for. False if nothing did
  /// within `patience`.
  bool wait(std::chrono::milliseconds along_patience, std::optional<SteadyClock::duration> patience = std::nullopt);
  /// Waits for something that somebody waits for; false after `patience`.
  bool wait_for_urgent(std::chrono::milliseconds patience);
  /// Waits for anything; false after `patience`.
  bool wait_for_work(SteadyClock::duration patience);
  /// Waits for a moment, or until it is closed.
  void pause(std::chrono::milliseconds moment);
  /// What waits: a step alone if there is nothing else, or if it has waited for long; else all the others. Those whom
  /// the last batch answered come back together, some microseconds one after the other, and a commit for the first of
  /// them alone would make all others wait for two: so many are waited for, up to `patience`.
  std::vector<Job> take(int max_events, SteadyClock::duration patience);
  /// Counts the batch, wakes those who wait for it, and keeps for later what went along and failed with the database.
  void finish(std::vector<Job> batch, std::chrono::duration<double> took);
  /// Empty: everything is fine again.
  void set_problem(std::string problem);

 private:
  bool has_work() const { return closing_ || !queue_.empty() || !steps_.empty(); }
  bool has_urgent_work() const { return closing_ || urgent_ > 0 || !steps_.empty(); }
  bool is_step_due() const;
  void count(Batch batch, std::chrono::duration<double> took);
  void try_again_later(Batch batch);
  static void wake_all(std::vector<Job> batch);

  // So long the steps of a long deed let everybody else go first.
  static constexpr auto longest_wait_of_a_step = std::chrono::milliseconds(20);

  const int max_waiting_;
  const Log log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;  ///< guarded by mutex_, as are the next five
  std::deque<Job> steps_;
  int urgent_ = 0;  ///< jobs in queue_ that somebody waits for
  int wanted_ = 1;  ///< so many of them wake the thread
  bool closing_ = false;
  StoreStatus status_;
  int crowd_ = 0;  ///< so many wait for the batch that was taken last
};

}  // namespace convoke

#include "store/write_queue_impl.hpp"
