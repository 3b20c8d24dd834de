#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace convoke {

/// Tells, without asking the store, that a request was never recorded: nearly every question is new. A Bloom filter
/// (B. H. Bloom, 1970): never wrong about "new"; "maybe known" is wrong about once in a hundred times until it holds
/// twice what it was made for, and more often after that. Ten bits per request. Callable from any thread, without
/// locks.
class KnownRequests {
 public:
  /// `expected`: how many requests it is made for. Until `complete` is called it answers "maybe" to everything.
  explicit KnownRequests(std::size_t expected);

  /// To be called before the request can be in the store.
  void add(std::string_view request_id);
  /// Every request that was in the store at the start has been added.
  void complete() { is_complete_.store(true, std::memory_order_release); }

  bool may_contain(std::string_view request_id) const;

 private:
  static constexpr int probes = 7;
  template <class Visit>
  void visit_bits(std::string_view request_id, Visit visit) const;

  const std::size_t words_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> bits_;
  std::atomic<bool> is_complete_{false};
};

}  // namespace convoke
