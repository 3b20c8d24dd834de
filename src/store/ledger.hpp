#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "domain/model_call.hpp"

namespace convoke {

/// What usage is counted by.
enum class UsageKey { day, month, provider, model, key, user, purpose, conversation };
std::string_view name_of(UsageKey key);
std::optional<UsageKey> usage_key_of(std::string_view name);

/// Which calls to count, and how to group them. Days are UTC, "2026-11-23".
struct UsageQuery {
  std::vector<UsageKey> by{};  ///< none: one row with everything
  std::string since{};         ///< the first day; empty: from the beginning
  std::string until{};         ///< the last day; empty: to the end
  /// Only the calls of these conversations; none: of all.
  std::vector<std::string> conversations{};
  bool dearest_first = false;  ///< else in the order of the labels
  int limit = 10'000;          ///< rows
};

/// Sums over calls.
struct UsageSums {
  std::int64_t calls = 0;
  std::int64_t unfinished_calls = 0;  ///< failed, cancelled or lost
  std::int64_t unpriced_calls = 0;    ///< whose cost nobody knows: `cost` is without them
  std::int64_t estimated_calls = 0;   ///< whose tokens are our own count
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cached_tokens = 0;       ///< part of input_tokens
  std::int64_t cache_write_tokens = 0;  ///< part of input_tokens
  std::int64_t reasoning_tokens = 0;    ///< part of output_tokens
  std::int64_t audio_tokens = 0;        ///< part of both
  Money cost{};

  UsageSums& operator+=(const UsageSums& other);
  bool operator==(const UsageSums&) const = default;
};
UsageSums sums_of(const ModelCall& call);
/// The call with every figure cut to what one call can have, so that no sum of them overflows: a server may answer
/// anything.
ModelCall within_reason(ModelCall call);

/// One row of an answer: a label for each key of the query, in its order.
struct UsageRow {
  std::vector<std::string> labels;
  UsageSums sums;
  bool operator==(const UsageRow&) const = default;
};

/// False when there are calls without a price, and the others cost nothing: then their sum is no figure.
bool some_cost_known(const UsageSums& sums);

/// The row as JSON: `{"day":"2026-11-23","calls":3,…,"cost":"0.00125","cost_known":true}`. `cost` is the sum over the
/// calls whose cost is known, null when it says nothing; `cost_known` is false when the cost of any call is unknown.
json::object to_json(const UsageRow& row, const UsageQuery& query);
json::object to_json(const UsageSums& sums);

/// The account of all calls of models: append-only, call by call, and never changed by what happens to conversations.
/// Callable from any loop. A call is reserved before it is sent and settled when it has ended. What a crash leaves
/// reserved becomes, at the next start, a lost call at its reserved cost: no money that may have been spent is missing.
class Ledger {
 public:
  virtual ~Ledger() = default;

  /// Notes a call that is about to be sent, with what it may cost at most. Durable when it returns. `unavailable` when
  /// it cannot be written.
  virtual Task<Result<void>> reserve(ModelCall call) = 0;

  /// The same for those who need not wait: it rides along with the next commit, a moment later at most.
  virtual void note(ModelCall call) = 0;

  /// Notes how a call has ended, in place of its reservation if there is one. Never waits: it is durable with whatever
  /// is appended to the conversations next, or a moment later. What the disk refuses is tried again.
  virtual void settle(ModelCall call) = 0;

  /// Sums of the settled calls. Fast however many there are.
  virtual Task<Result<std::vector<UsageRow>>> usage(UsageQuery query) = 0;

  /// The newest settled calls, newest first.
  virtual Task<Result<std::vector<ModelCall>>> latest(int limit) = 0;
};

}  // namespace convoke
