#pragma once
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "limits/rate_limits.hpp"

namespace convoke::limits {

/// Who goes next. Clients take turns by what their calls cost, not by how many they send (start-time fair queueing:
/// each call starts, on a clock that only runs while work is done, when the client's previous one would have finished).
/// A higher priority goes ahead of as much work as fills half a minute, so nobody waits for ever. Everything costs the
/// logarithm of the number waiting: a treap that knows the sums of its branches.
class FairQueue {
 public:
  using Ticket = std::uint64_t;
  using Client = std::uint64_t;
  struct Key {
    std::int64_t turn = 0;
    std::uint64_t arrival = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Waiting {
    Ticket ticket = 0;
    Client client = 0;
    std::int64_t start = 0;  ///< by the queue's clock
    std::int64_t cost = 0;
    std::int64_t tokens = 0;
  };

  /// `cost`: microseconds of the scarcest limit, above 0.
  Key push(Ticket ticket, Client client, std::int64_t cost, std::int64_t tokens, Priority priority);
  /// A call that did not have to wait: its client's next one comes so much later.
  void passed(Client client, std::int64_t cost);

  bool empty() const { return root_ == nobody; }
  std::size_t size() const { return empty() ? 0 : static_cast<std::size_t>(nodes_[root_].sum.requests); }
  /// All that waits.
  Demand sum() const { return empty() ? Demand{0, 0} : nodes_[root_].sum; }

  /// The next one. There must be one.
  std::pair<Key, Waiting> front() const;
  /// It goes now; it must be the front.
  void take_front();
  /// It gives up; what it would have cost is its client's again. `key` must be in the queue.
  void remove(const Key& key);

  /// What goes before the call at `key`.
  Demand ahead_of(const Key& key) const;
  /// What would go before a call of this client if it came now.
  Demand ahead_of_next(Client client, Priority priority) const;
  /// Everybody, in no order.
  std::vector<Ticket> tickets() const;

 private:
  using Index = std::uint32_t;
  static constexpr Index nobody = UINT32_MAX;
  struct Node {
    Key key;
    Waiting waiting;
    std::uint32_t rank = 0;  ///< random; parents rank higher
    Index left = nobody, right = nobody;
    Demand sum{};  ///< of the branch
  };

  std::int64_t start_for(Client client) const;
  void note(Client client, std::int64_t start, std::int64_t cost);
  Demand sum_of(Index index) const { return index == nobody ? Demand{0, 0} : nodes_[index].sum; }
  void update(Index index);
  std::pair<Index, Index> split(Index index, const Key& key);
  Index merge(Index left, Index right);
  Index new_node(const Key& key, const Waiting& waiting);
  Waiting erase(const Key& key);
  void forget_idle_clients();

  std::vector<Node> nodes_;
  std::vector<Index> free_;
  Index root_ = nobody;
  std::uint64_t arrivals_ = 0;
  std::uint32_t random_ = 2463534242;
  std::int64_t clock_ = 0;
  std::unordered_map<Client, std::int64_t> finishes_;  ///< of each client's last call, if later than the clock
  std::size_t forget_at_ = 1024;
};

}  // namespace convoke::limits
