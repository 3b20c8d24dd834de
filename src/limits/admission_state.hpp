// What Admission keeps. Part of admission.cpp and admission_scopes.cpp.
#pragma once
#include <algorithm>
#include <bit>

#include "limits/admission.hpp"

namespace convoke::limits {

struct Admission::Key {
  std::string name;
  Meter meter;
  Budget budget;
};

struct Admission::Client {
  std::uint64_t number = 0;
  Meter meter;
  std::deque<Ticket> parked;        ///< held up by this client's own limits or by a budget, in order
  std::uint64_t parked_before = 0;  ///< how many have left `parked` at its front
  std::size_t waiting = 0;          ///< parked, or in a queue
  bool is_listed = false;           ///< in parked_clients_
  /// How long its calls waited, over what was foreseen: others overtake those who ask for much. By how long was
  /// foreseen, each twice the one before.
  std::array<double, 8> waits_of_foreseen{1, 1, 1, 1, 1, 1, 1, 1};

  double& waits_for(Duration foreseen) {
    const auto half_seconds =
        static_cast<std::uint64_t>(std::max<Duration>(foreseen, Duration(0)).count() / 500'000'000);
    return waits_of_foreseen[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(half_seconds)), 7)];
  }
};

struct Admission::Lane {
  Provider* provider = nullptr;
  Key* key = nullptr;
  std::string model;
  Meter meter;
  CircuitBreaker breaker;
  FairQueue queue;
  Instant disturbed{};          ///< when something last happened that nobody could foresee
  double used_of_reserved = 1;  ///< of tokens, on average
  std::uint64_t admitted = 0, queued = 0, refused = 0, rate_limited = 0, breaker_opened = 0;
};

struct Admission::Provider {
  std::string name;
  ProviderPolicy policy;
  Meter meter;
  Budget budget;
  ByName<Lane> lanes;
  ByName<Client> clients;
};

struct Admission::Call {
  enum class State { gone, parked, queued, running, refused };
  std::uint32_t generation = 0;
  State state = State::gone;
  Lane* lane = nullptr;
  Client* client = nullptr;
  std::array<Budget*, 4> budgets{};  ///< all, provider, key, user
  Demand demand{};
  Money cost{};
  bool is_priced = true;
  Priority priority = Priority::normal;
  Reason waits_for = Reason::rate_limit;
  Instant deadline{}, asked{}, admitted{};
  Duration foreseen{0};             ///< when it was asked, uncorrected
  FairQueue::Key place{};           ///< in the lane's queue
  std::uint64_t parked_number = 0;  ///< in the client's line
  Meter::Mark mark{};
  bool is_probe = false;
  Refused refusal{};
};

}  // namespace convoke::limits
