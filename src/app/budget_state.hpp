#pragma once
#include "base/clock.hpp"
#include "llm/call_gate.hpp"
#include "store/ledger.hpp"

namespace convoke {

/// Tells the gate what was spent today and this month, by all, each provider, key and user, as the ledger has it: what
/// a crash left open counts with what it could have cost. Before the first call.
Task<Result<void>> restore_budgets(CallGate& gate, Ledger& ledger, WallTime now);

}  // namespace convoke
