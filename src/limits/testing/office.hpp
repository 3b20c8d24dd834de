#pragma once
#include "limits/admission.hpp"

namespace convoke::limits {

using namespace std::chrono_literals;

inline RateLimits per_minute(std::int64_t requests) {
  RateLimits limits;
  limits.per_dimension[index_of(Dimension::requests_per_minute)] = requests;
  return limits;
}
inline RateLimits at_once(std::int64_t count) {
  RateLimits limits;
  limits.concurrent = count;
  return limits;
}
inline Money dollars(std::int64_t count) { return {count * picodollars_per_dollar}; }

/// An Admission with a clock to move, and the usual call.
struct Office {
  explicit Office(const ProviderPolicy& policy = {}, const SharedPolicy& shared = {}) {
    admission.configure("acme", "key", policy);
    admission.configure(shared);
  }
  static Ask call() {
    return {.provider = "acme", .model = "m", .key = "key", .client = "ann", .user = "ann", .cost = Money{}};
  }
  std::pair<Ticket, Decision> ask(Ask what) {
    if (what.deadline == Instant{}) what.deadline = clock.now() + 10min;
    return admission.ask(what, clock.now(), clock.wall());
  }
  std::pair<Ticket, Decision> ask() { return ask(call()); }
  std::pair<Ticket, Decision> ask_as(std::string_view client) {
    Ask what = call();
    what.client = what.user = client;
    return ask(what);
  }
  Decision look(Ticket ticket) { return admission.look(ticket, clock.now(), clock.wall()); }
  News settle(Ticket ticket, Outcome outcome = {}) {
    return admission.settle(ticket, outcome, clock.now(), clock.wall(), 0);
  }
  LaneStatus status() { return admission.lanes(clock.now()).at(0); }

  Admission admission;
  ManualClock clock;
};

inline bool admitted(const Decision& decision) { return std::holds_alternative<Admitted>(decision); }
inline const Queued& queued(const Decision& decision) { return std::get<Queued>(decision); }
inline const Refused& refused(const Decision& decision) { return std::get<Refused>(decision); }

}  // namespace convoke::limits
