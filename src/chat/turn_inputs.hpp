#pragma once
#include <chrono>
#include <list>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/signal.hpp"
#include "chat/turn_journal.hpp"

namespace convoke {

/// The questions one turn has for its user. Each is a frame of the turn, so that whoever reads the turn, now or after a
/// reconnect, sees it and may answer; another frame says when it is closed. Used from the turn's loop only.
class TurnInputs {
 public:
  /// `patience` is how long a question waits.
  TurnInputs(Executor executor, const Clock& clock, TurnJournal& journal, std::chrono::milliseconds patience,
             Log log = Log{});
  TurnInputs(const TurnInputs&) = delete;
  TurnInputs& operator=(const TurnInputs&) = delete;

  /// Shows the question and returns its answer, or `expired`. Being cancelled withdraws it. With too many open already
  /// the answer is `cancelled`, and nothing is shown.
  Task<InputAnswer> ask(InputRequest request);

  /// Somebody answers. `not_found` when the question is not open (any more); `invalid_input` when a form is not filled
  /// in as it demands: the question stays open then.
  Result<void> answer(const std::string& input_id, InputAnswer answer);

  /// How long questions have been open in all, side by side counting once: time that is the user's, not the turn's.
  SteadyClock::duration waited() const;

 private:
  struct Open {
    std::string id;
    InputRequest request;
    Signal answered;
    SteadyClock::time_point since;
    std::optional<InputAnswer> answer{};
  };
  void show(const Open& open);
  void close(std::list<Open>::iterator open);

  Executor executor_;
  const Clock& clock_;
  TurnJournal& journal_;
  std::chrono::milliseconds patience_;
  Log log_;
  std::list<Open> open_;
  SteadyClock::time_point open_since_{};
  SteadyClock::duration waited_{};
};

}  // namespace convoke
