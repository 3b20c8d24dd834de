#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "limits/fair_queue.hpp"
#include "limits/meter.hpp"
#include "limits/policy.hpp"

namespace convoke::limits {

/// A call that would like to be made.
struct Ask {
  std::string_view provider{};
  std::string_view model{};
  std::string_view key{};         ///< a name for the key it is paid with, never the key
  std::string_view client{};      ///< whose calls take turns with those of others
  std::string_view user{};        ///< whose budget it is
  std::int64_t tokens = 0;        ///< the most it is expected to use: prompt and answer
  std::int64_t output = 0;        ///< of these, the answer
  std::int64_t least_tokens = 0;  ///< the prompt alone: with more than a limit it can never go
  std::optional<Money> cost{};    ///< the most it can cost; nothing: not known
  Priority priority = Priority::normal;
  Instant deadline{};  ///< it starts before this or not at all
};

/// What a call waits for, or why it may not go.
enum class Reason { rate_limit, client_limit, breaker, budget, queue_full, too_large, unknown_price };
std::string_view name_of(Reason reason);

struct Admitted {
  bool is_probe = false;  ///< how it goes decides whether others may follow
};
struct Queued {
  std::size_t place = 1;  ///< 1 is next
  Duration eta{0};        ///< until it starts, as far as can be foreseen
  Reason reason = Reason::rate_limit;
};
/// How a budget stands, for people.
struct BudgetNews {
  std::string budget;  ///< "all providers", "provider openai", "key OPENAI_API_KEY", "a user"
  Budget::Standing standing;
};
struct Refused {
  Reason reason = Reason::rate_limit;
  std::optional<Duration> retry_after{};  ///< nothing: asking again does not help
  std::string message{};                  ///< for people
  std::optional<BudgetNews> used_up{};    ///< nobody was refused for the sake of this budget before, today
};
using Decision = std::variant<Admitted, Queued, Refused>;

/// How an admitted call ended.
struct Outcome {
  std::optional<std::int64_t> tokens{};  ///< what it used; unset: nobody knows, so what it had reserved
  std::int64_t output = 0;               ///< of these, the answer
  std::int64_t cached = 0;               ///< of the rest, what came from the provider's cache
  std::optional<Money> cost{};           ///< likewise
  Health health = Health::good;
  bool rate_limited = false;  ///< it was turned away by a limit: that is no outage, and no sign of room either
};

using Ticket = std::uint64_t;

/// What people should hear about: a line in the log, a frame.
struct News {
  std::vector<BudgetNews> budget_warnings{};       ///< these are nearly used up
  std::optional<CircuitBreaker::State> breaker{};  ///< it is this now, and was something else
};

struct LaneStatus {
  std::string provider, model;
  CircuitBreaker::State breaker{};
  Duration breaker_rests{0};  ///< until it lets a probe pass
  std::int64_t in_flight = 0;
  std::size_t waiting = 0;
  Amounts used{}, limit{};  ///< by dimension; limit 0: none known
  std::uint64_t admitted = 0, queued = 0, refused = 0, rate_limited = 0, breaker_opened = 0;
};
struct BudgetStatus {
  std::string scope;  ///< "all", "provider", "key", "user"
  std::string name;
  BudgetLimits limits;
  BudgetState state;
  Money reserved;
};

/// Decides for all calls of the program whether and when each may be made: rate limits of provider, model, key and
/// client, budgets, circuit breakers, and a queue for what has to wait. A call first passes its client's own limits and
/// its budgets, where it waits behind that client's calls only; then it stands in the queue of its model. Pure: time
/// and chance are arguments. One thread at a time.
class Admission {
 public:
  Admission();
  ~Admission();

  /// `key`: the name of the key its calls are paid with. What was used and spent so far stays so.
  void configure(std::string_view provider, std::string_view key, const ProviderPolicy& policy);
  void configure(const SharedPolicy& policy);
  /// What was spent before this program began. `scope` as in BudgetStatus.
  void restore(std::string_view scope, std::string_view name, const BudgetState& state);

  /// Decides about a call. The ticket of an admitted call must be settled; that of a queued one must be looked at until
  /// it is admitted or refused, or left. That of a refused one is gone.
  std::pair<Ticket, Decision> ask(const Ask& ask, Instant now, WallTime wall);
  /// How a queued call stands now. To be asked when its time has come, and when `woken` names it.
  Decision look(Ticket ticket, Instant now, WallTime wall);
  /// Gives a queued call up.
  void leave(Ticket ticket, Instant now, WallTime wall);
  /// What the provider's answer told about its limits, as soon as it is known.
  void report(Ticket ticket, const LimitReport& report, Instant now);
  News settle(Ticket ticket, const Outcome& outcome, Instant now, WallTime wall, double random);

  /// The queued calls whose standing has changed since this was last called: admitted ones, and ones that should look
  /// again sooner than they were told.
  std::vector<Ticket> take_woken() { return std::exchange(woken_, {}); }

  /// True while the breaker of this model lets nothing pass.
  bool resting(std::string_view provider, std::string_view model, Instant now);
  std::vector<LaneStatus> lanes(Instant now);
  std::vector<BudgetStatus> budgets(WallTime wall);

 private:
  struct Provider;
  struct Key;
  struct Client;
  struct Lane;
  struct Call;

  // Names to scopes.
  Provider& provider_of(std::string_view name);
  Lane& lane_of(Provider& provider, std::string_view model, Instant now);
  Client& client_of(Provider& provider, std::string_view name, Instant now);
  Key& key_of(std::string_view name, const ProviderPolicy& policy);
  Budget& user_of(std::string_view name);
  Call& call_of(Ticket ticket);
  std::pair<Ticket, Call*> new_call();
  void drop(Ticket ticket);

  // A call's way.
  std::optional<Refused> can_never_go(const Ask& ask, Call& call) const;
  struct OwnAnswer {
    bool passes = false;
    Reason waits_for = Reason::client_limit;
    std::optional<Refused> refusal{};
  };
  static std::string budget_name(const Call& call, std::size_t place);
  OwnAnswer pass_own_limits(Call& call, Instant now, WallTime wall);
  void give_back(Call& call);
  void enter_queue(Ticket ticket, Call& call, Instant now);
  bool may_start(const Lane& lane, const Demand& demand, Instant now) const;
  void start(Call& call, Instant now);
  void pump(Instant now);
  void retry_parked(Client& client, Instant now, WallTime wall);
  void retry_other_parked(Instant now, WallTime wall);
  std::pair<std::size_t, Instant> foresee(const Call& call, Instant now) const;
  Decision decide_waiting(Ticket ticket, Call& call, Instant now, bool is_new);
  Refused too_late(const Call& call, Instant start, Instant now) const;
  void wake_fronts();

  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class T>
  using ByName = std::unordered_map<std::string, std::unique_ptr<T>, NameHash, std::equal_to<>>;

  SharedPolicy shared_;
  Budget all_;
  ByName<Provider> providers_;
  ByName<Key> keys_;
  ByName<Budget> users_;
  std::deque<Call> calls_;
  std::vector<std::uint32_t> free_calls_;
  std::vector<Lane*> waiting_lanes_;    ///< with somebody in the queue
  std::size_t first_lane_ = 0;          ///< lanes take turns
  std::deque<Client*> parked_clients_;  ///< with somebody held up by their own limits
  std::uint64_t clients_seen_ = 0;
  std::vector<Ticket> woken_;
};

}  // namespace convoke::limits
