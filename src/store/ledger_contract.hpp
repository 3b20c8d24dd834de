#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "base/run.hpp"
#include "store/conversation_store_contract.hpp"
#include "store/ledger.hpp"

namespace convoke {

/// One kind of ledger to hold against the contract of Ledger. `open` makes an empty one with all it needs to live.
struct LedgerKind {
  std::string name;
  std::function<std::shared_ptr<Ledger>(const std::filesystem::path& folder)> open;

  friend void PrintTo(const LedgerKind& kind, std::ostream* out) { *out << kind.name; }
};

/// What every ledger must do. One joins with one line in its own test, like a store.
class LedgerContract : public testing::TestWithParam<LedgerKind> {
 protected:
  LedgerContract();
  ~LedgerContract() override;

  std::vector<UsageRow> usage(UsageQuery query);
  /// The newest settled calls, once there are `count` of them.
  std::vector<ModelCall> settled(int count);

  std::filesystem::path folder_;
  std::shared_ptr<Ledger> ledger_;
};

/// A call of gpt-6-luna at OpenAI on 2026-11-23 with 100 tokens in, 20 out, for 20 microdollars.
ModelCall a_call();

}  // namespace convoke
