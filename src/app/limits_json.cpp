#include "app/limits_json.hpp"

namespace convoke {
namespace {

using limits::BudgetStatus;
using limits::LaneStatus;

json::object to_json(const LaneStatus& lane) {
  json::object object{{"provider", lane.provider},        {"model", lane.model},
                      {"breaker", name_of(lane.breaker)}, {"in_flight", lane.in_flight},
                      {"waiting", lane.waiting},          {"admitted", lane.admitted},
                      {"refused", lane.refused},          {"rate_limited", lane.rate_limited}};
  const auto rests = std::chrono::duration_cast<std::chrono::milliseconds>(lane.breaker_rests);
  if (rests.count() > 0) object["breaker_rests_ms"] = rests.count();
  json::object known;
  for (const limits::Dimension dimension : limits::all_dimensions) {
    const std::size_t i = index_of(dimension);
    if (lane.limit[i] > 0) known[name_of(dimension)] = {{"used", lane.used[i]}, {"limit", lane.limit[i]}};
  }
  if (!known.empty()) object["limits"] = std::move(known);
  return object;
}

json::object to_json(const BudgetStatus& budget) {
  json::object object{{"scope", budget.scope}, {"name", budget.name}, {"reserved", to_decimal(budget.reserved)}};
  const auto add = [&](std::string_view period, Money spent, const std::optional<Money>& limit) {
    if (limit) object[period] = {{"spent", to_decimal(spent)}, {"limit", to_decimal(*limit)}};
  };
  add("day", budget.state.spent_in_day, budget.limits.per_day);
  add("month", budget.state.spent_in_month, budget.limits.per_month);
  return object;
}

template <class Status>
json::array all_to_json(const std::vector<Status>& all) {
  json::array array;
  for (const Status& one : all) array.push_back(to_json(one));
  return array;
}

}  // namespace

json::array limits_to_json(const std::vector<LaneStatus>& lanes) { return all_to_json(lanes); }
json::array limits_to_json(const std::vector<BudgetStatus>& budgets) { return all_to_json(budgets); }

}  // namespace convoke
