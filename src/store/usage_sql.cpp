#include "store/usage_sql.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convoke {
namespace {

constexpr std::string_view sums[] = {
    "calls",         "unfinished_calls",   "unpriced_calls",   "estimated_calls", "input_tokens", "output_tokens",
    "cached_tokens", "cache_write_tokens", "reasoning_tokens", "audio_tokens",    "cost"};

std::string_view column_of(UsageKey key) {
  switch (key) {
    case UsageKey::day: return "day";
    case UsageKey::month: return "substr(day, 1, 7)";
    case UsageKey::provider: return "provider";
    case UsageKey::model: return "model";
    case UsageKey::key: return "key";
    case UsageKey::user: return "\"user\"";
    case UsageKey::purpose: return "purpose";
    case UsageKey::conversation: return "conversation_id";
  }
  std::unreachable();
}

}  // namespace

std::string usage_sql(const UsageQuery& query, const SqlDialect& dialect) {
  const bool by_conversation =
      std::ranges::find(query.by, UsageKey::conversation) != query.by.end() || !query.conversations.empty();
  std::string columns;
  std::string groups;
  for (std::size_t i = 0; i < query.by.size(); ++i) {
    columns += fmt::format("{}, ", column_of(query.by[i]));
    groups += fmt::format("{}{}", i == 0 ? "" : ", ", i + 1);
  }
  for (const std::string_view sum : sums) {
    columns += fmt::format("sum({}){}{}", sum, dialect.after_sum, sum == sums[std::size(sums) - 1] ? "" : ", ");
  }
  const std::string_view p = dialect.parameter;
  std::string sql = fmt::format("SELECT {} FROM {} WHERE day >= {}1 AND day <= {}2", columns,
                                by_conversation ? "usage_by_conversation" : "usage_by_day", p, p);
  if (!query.conversations.empty()) sql += fmt::format(" AND conversation_id {}", dialect.is_wanted);
  if (!groups.empty()) sql += " GROUP BY " + groups;
  if (!groups.empty() && query.dearest_first) {
    sql += " ORDER BY sum(cost) DESC, sum(input_tokens) + sum(output_tokens) DESC, " + groups;
  } else if (!groups.empty()) {
    sql += " ORDER BY " + groups;
  }
  return sql + fmt::format(" LIMIT {}3", p);
}

}  // namespace convoke
