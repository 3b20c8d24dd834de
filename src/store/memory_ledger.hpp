#pragma once
#include <deque>
#include <map>
#include <mutex>

#include "store/ledger.hpp"

namespace convoke {

/// Keeps the account in memory until it is destroyed: its sums, and the newest calls.
class MemoryLedger final : public Ledger {
 public:
  Task<Result<void>> reserve(ModelCall call) override;
  void note(ModelCall call) override;
  void settle(ModelCall call) override;
  Task<Result<std::vector<UsageRow>>> usage(UsageQuery query) override;
  Task<Result<std::vector<ModelCall>>> latest(int limit) override;

 private:
  /// A label for every UsageKey, in the order of the enumeration.
  using Labels = std::vector<std::string>;

  mutable std::mutex mutex_;
  std::map<Labels, UsageSums> sums_;
  std::deque<ModelCall> latest_;  ///< newest first
};

}  // namespace convoke
