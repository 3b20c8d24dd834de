#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "limits/admission.hpp"
#include "llm/calibration.hpp"

namespace convoke {

/// The one Admission of the program, for calls on all loops: decisions under a lock that is never held across an await,
/// and waiting on the loop of whoever waits. Callable from any thread.
class CallGate {
 public:
  using Show = std::function<void(const limits::Queued&)>;

  /// All must outlive it.
  CallGate(const Clock& clock, Metrics& metrics, Log log);
  ~CallGate();

  void configure(std::string_view provider, std::string_view key, const limits::ProviderPolicy& policy);
  void configure(const limits::SharedPolicy& policy);
  void restore(std::string_view scope, std::string_view name, const limits::BudgetState& state);

  /// An admitted call. It has to be settled; one that is destroyed before is settled as given up, at what it had
  /// reserved. Used on one loop.
  class Pass {
   public:
    Pass(CallGate& gate, limits::Ticket ticket) : gate_(&gate), ticket_(ticket) {}
    Pass(Pass&& other) noexcept : Pass(*other.gate_, std::exchange(other.ticket_, 0)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass();

    void report(const limits::LimitReport& report);
    void settle(const limits::Outcome& outcome);

   private:
    CallGate* gate_;
    limits::Ticket ticket_;
  };

  /// Waits until the call may be made, or tells why it may not. `show` hears of place and time when the wait begins,
  /// and again when they have changed by much. Cancelling the caller gives its place up.
  Task<std::expected<Pass, limits::Refused>> enter(limits::Ask ask, Show show);

  /// How our estimates compare with what providers count.
  Calibration& calibration() { return calibration_; }

  std::vector<limits::LaneStatus> lanes() const;
  std::vector<limits::BudgetStatus> budgets() const;
  /// Puts the state of all of it into the metrics.
  void measure() const;

 private:
  struct Waiter;
  class Place;
  using Woken = std::vector<std::shared_ptr<Waiter>>;

  std::pair<limits::Ticket, limits::Decision> ask(const limits::Ask& ask, const std::shared_ptr<Waiter>& waiter);
  limits::Decision look(limits::Ticket ticket);
  void leave(limits::Ticket ticket);
  void settle(limits::Ticket ticket, const limits::Outcome& outcome);
  Woken take_woken();
  static void wake(Woken woken);
  void tell(std::string_view event, const limits::BudgetNews& budget) const;

  const Clock& clock_;
  Metrics& metrics_;
  Log log_;
  Calibration calibration_;
  mutable std::mutex mutex_;
  mutable limits::Admission admission_;                                  ///< guarded by mutex_
  std::unordered_map<limits::Ticket, std::shared_ptr<Waiter>> waiters_;  ///< guarded by mutex_
  Histogram& waited_;
};

}  // namespace convoke
