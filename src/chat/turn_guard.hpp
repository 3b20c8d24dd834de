#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/money.hpp"
#include "base/result.hpp"
#include "domain/message.hpp"

namespace convoke {

/// How far one turn may go.
struct TurnLimits {
  int max_tool_hops = 8;                            ///< replies that call tools
  std::chrono::milliseconds max_duration{600'000};  ///< without the time the user takes to answer questions
  int max_tokens = 1'000'000;                       ///< of all its calls of models, input and output; 0: any number
  std::optional<Money> max_cost{};                  ///< of all its calls of models whose price is known
  int max_repeated_errors = 3;                      ///< of one tool, with the same message; 0: any number
  int max_repeated_results = 3;                     ///< of one tool, for the same arguments; 0: any number
  bool operator==(const TurnLimits&) const = default;
};

enum class TurnLimit { tool_hops, time, tokens, cost, repeated_errors, repeated_results };
/// As frames name it: "tool_limit", "time_limit", "token_limit", "cost_limit", "repeated_errors", "repeated_results".
std::string_view name_of(TurnLimit limit);

/// Keeps a turn within its limits: when one comes in sight, the model may answer once more, without tools; what would
/// pass one does not happen. Pure; one for each turn.
class TurnGuard {
 public:
  explicit TurnGuard(const TurnLimits& limits) : limits_(limits) {}

  /// What all calls of models of the turn have used so far.
  struct Spent {
    std::int64_t tokens = 0;
    Money cost{};
  };

  /// Before the model is asked with a prompt of so many tokens. Nothing: it may call tools. A limit: this is the turn's
  /// last call, without tools. `exhausted`: not even that fits.
  Result<std::optional<TurnLimit>> before_call(const Spent& spent, std::int64_t prompt_tokens);
  /// Before the model is asked for somebody else, such as a server. `exhausted` if nothing is left.
  Result<void> before_side_call(const Spent& spent) const;
  /// How much money may still be spent. Nothing: any amount.
  std::optional<Money> money_left(const Spent& spent) const;

  /// A tool call of the model, and what came of it.
  struct Made {
    const ToolCall& call;
    const ToolResult& result;
  };
  /// All calls of one reply, when they are done. Calls that are the same count once in it.
  void note(const std::vector<Made>& calls);

  /// The limit that has ended the turn without an answer, if one has; others may find out, too.
  std::optional<TurnLimit> ended_by() const { return ended_by_; }
  void end_by(TurnLimit limit) { ended_by_ = limit; }
  /// What the model is told with its last call.
  std::string last_words() const;

 private:
  std::optional<TurnLimit> passed_by(const Spent& spent, std::int64_t prompt_tokens) const;
  bool is_last_call(const Spent& spent, std::int64_t prompt_tokens);
  Error exhausted(TurnLimit limit, const Spent& spent, std::int64_t prompt_tokens) const;

  TurnLimits limits_;
  int hops_ = 0;
  Money spent_before_{};                       ///< when the last call of the model began
  std::unordered_map<std::size_t, int> seen_;  ///< errors and results by their hash, and how often
  std::string repeating_tool_;
  std::optional<TurnLimit> repeats_{};
  std::optional<TurnLimit> last_because_{};  ///< the next call is the last one
  std::optional<TurnLimit> ended_by_{};
};

}  // namespace convoke
