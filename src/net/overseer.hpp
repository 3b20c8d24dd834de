#pragma once
#include <list>

#include "base/task.hpp"

namespace convoke::net {

/// Looks after the deadlines of many connections with one timer, instead of one timer each: setting a deadline is then
/// one clock reading, and an idle connection costs a pointer. Used from its loop only.
class Overseer {
 public:
  /// Something to look after, for as long as it lives.
  class Charge {
   public:
    explicit Charge(Overseer& overseer);
    virtual ~Charge();
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;

    /// Called again and again. It may cancel operations, but must not destroy a charge.
    virtual void check(Deadline now) = 0;

   private:
    Overseer& overseer_;
    std::list<Charge*>::iterator self_;
  };

  /// Checks every charge each `interval`, until cancelled. A deadline is noticed at most that much late.
  Task<> run(std::chrono::milliseconds interval);

 private:
  std::list<Charge*> charges_;
};

}  // namespace convoke::net
