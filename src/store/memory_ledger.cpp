#include "store/memory_ledger.hpp"

#include <algorithm>

namespace convoke {
namespace {

constexpr std::size_t max_calls_kept = 1'000;

bool includes(const UsageQuery& query, const std::string& day, const std::string& conversation) {
  if (day < query.since) return false;
  if (!query.until.empty() && day > query.until) return false;
  return query.conversations.empty() ||
         std::ranges::find(query.conversations, conversation) != query.conversations.end();
}

}  // namespace

Task<Result<void>> MemoryLedger::reserve(ModelCall) { co_return Result<void>{}; }

/// Nothing here outlives the process, so neither can a reservation.
void MemoryLedger::note(ModelCall) {}

void MemoryLedger::settle(ModelCall call) {
  call = within_reason(std::move(call));
  const std::string day = to_iso8601(call.time).substr(0, 10);
  const CallOrigin& origin = call.origin;
  Labels labels{day,      day.substr(0, 7), call.provider,  call.model,
                call.key, origin.user,      origin.purpose, origin.conversation_id};
  const std::scoped_lock lock(mutex_);
  sums_[std::move(labels)] += sums_of(call);
  latest_.push_front(std::move(call));
  if (latest_.size() > max_calls_kept) latest_.pop_back();
}

Task<Result<std::vector<UsageRow>>> MemoryLedger::usage(UsageQuery query) {
  std::map<Labels, UsageSums> groups;
  if (query.by.empty()) groups[{}] = {};
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [labels, sums] : sums_) {
      if (!includes(query, labels.front(), labels.back())) continue;
      Labels group;
      for (const UsageKey key : query.by) group.push_back(labels[static_cast<std::size_t>(key)]);
      groups[std::move(group)] += sums;
    }
  }
  std::vector<UsageRow> rows;
  for (auto& [labels, sums] : groups) rows.push_back({labels, sums});
  if (query.dearest_first) {
    std::ranges::sort(rows, [](const UsageRow& a, const UsageRow& b) {
      const auto dearness = [](const UsageSums& sums) {
        return std::pair(sums.cost, sums.input_tokens + sums.output_tokens);
      };
      if (dearness(a.sums) != dearness(b.sums)) return dearness(a.sums) > dearness(b.sums);
      return a.labels < b.labels;
    });
  }
  if (rows.size() > static_cast<std::size_t>(query.limit)) rows.resize(static_cast<std::size_t>(query.limit));
  co_return rows;
}

Task<Result<std::vector<ModelCall>>> MemoryLedger::latest(int limit) {
  const std::scoped_lock lock(mutex_);
  const auto count = std::min(latest_.size(), static_cast<std::size_t>(limit));
  co_return std::vector<ModelCall>(latest_.begin(), latest_.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace convoke
