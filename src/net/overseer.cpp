#include "net/overseer.hpp"

namespace convoke::net {

Overseer::Charge::Charge(Overseer& overseer)
    : overseer_(overseer), self_(overseer.charges_.insert(overseer.charges_.end(), this)) {}

Overseer::Charge::~Charge() { overseer_.charges_.erase(self_); }

Task<> Overseer::run(std::chrono::milliseconds interval) {
  for (;;) {
    co_await sleep_for(interval);
    const Deadline now = SteadyClock::now();
    for (Charge* charge : charges_) charge->check(now);
  }
}

}  // namespace convoke::net
