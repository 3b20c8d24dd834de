#include "app/budget_state.hpp"

#include <array>
#include <map>

namespace convoke {
namespace {

/// Money by label since a day.
Task<Result<std::map<std::string, Money>>> spent_since(Ledger& ledger, std::string day, std::optional<UsageKey> by) {
  UsageQuery query{.since = std::move(day), .limit = 1'000'000};
  if (by) query.by = {*by};
  CO_TRY(const std::vector<UsageRow> rows, co_await ledger.usage(std::move(query)));
  std::map<std::string, Money> spent;
  for (const UsageRow& row : rows) spent[row.labels.empty() ? "" : row.labels.front()] += row.sums.cost;
  co_return spent;
}

}  // namespace

Task<Result<void>> restore_budgets(CallGate& gate, Ledger& ledger, WallTime now) {
  const std::string today = to_iso8601(now).substr(0, 10);
  const std::string month = today.substr(0, 8) + "01";
  constexpr std::array<std::pair<std::string_view, std::optional<UsageKey>>, 4> scopes{
      {{"all", std::nullopt}, {"provider", UsageKey::provider}, {"key", UsageKey::key}, {"user", UsageKey::user}}};
  for (const auto& [scope, by] : scopes) {
    CO_TRY(auto in_day, co_await spent_since(ledger, today, by));
    CO_TRY(const auto in_month, co_await spent_since(ledger, month, by));
    for (const auto& [name, spent] : in_month) {
      gate.restore(
          scope, name,
          {.day = std::chrono::floor<std::chrono::days>(now), .spent_in_day = in_day[name], .spent_in_month = spent});
    }
  }
  co_return Result<void>{};
}

}  // namespace convoke
