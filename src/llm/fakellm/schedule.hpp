#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "llm/fakellm/answer.hpp"

namespace convoke::fakellm {

/// Bad times of the fake model: what goes wrong with its answers, and when.
struct BadTime {
  enum class Unit { seconds, requests };
  Unit unit = Unit::requests;
  double from = 0, until = 0;  ///< seconds since the first request, or numbers of requests, of which 1 is the first
  double every = 0;            ///< again after so many; 0: once
  double share = 1;            ///< of the requests in it
  json::value answer;          ///< the members of an answer that are different then
  std::int64_t met = 0;        ///< requests so far

  /// Whether this request is one of those it spoils.
  bool spoils(std::int64_t number, std::chrono::duration<double> since_first);
};

class Schedule {
 public:
  /// Reads the `schedule` of a script as docs/fakellm.md describes it. `invalid_input` says what is wrong where.
  static Result<Schedule> read(const json::value& value);

  /// The answer to request `number`, as it comes at that time; what is later in the schedule goes before.
  Answer spoil(Answer answer, std::int64_t number, std::chrono::duration<double> since_first);

  bool empty() const { return times_.empty(); }

 private:
  std::vector<BadTime> times_;
};

}  // namespace convoke::fakellm
