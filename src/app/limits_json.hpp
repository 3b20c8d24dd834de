#pragma once
#include "base/json.hpp"
#include "limits/admission.hpp"

namespace convoke {

/// For /health: each model's breaker, queue and limits, and each budget with what is spent of it, in dollars.
json::array limits_to_json(const std::vector<limits::LaneStatus>& lanes);
json::array limits_to_json(const std::vector<limits::BudgetStatus>& budgets);

}  // namespace convoke
