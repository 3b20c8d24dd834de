#include "chat/conversations.hpp"

#include <fmt/format.h>

namespace convoke {

Task<Result<std::vector<ConversationSummary>>> Conversations::list(int offset, int limit) {
  return store_.conversations(offset, limit);
}

Task<Result<ConversationPage>> Conversations::get(std::string conversation_id, Sequence before, int limit) {
  // One more than asked for tells whether there are older ones.
  CO_TRY(std::vector<Event> events, co_await store_.latest(conversation_id, before, limit + 1));
  if (events.empty() && before == 0) {
    co_return fail(Errc::not_found, fmt::format("there is no conversation '{}'", conversation_id));
  }
  ConversationPage page{std::move(events)};
  page.has_more = page.events.size() > static_cast<std::size_t>(limit);
  if (page.has_more) page.events.erase(page.events.begin());
  co_return page;
}

Task<Result<void>> Conversations::rename(std::string conversation_id, std::string title) {
  return store_.rename(std::move(conversation_id), std::move(title));
}

Task<Result<void>> Conversations::erase(std::string conversation_id) {
  if (live_.is_running_in(conversation_id)) {
    co_return fail(Errc::conflict,
                   fmt::format("a question of conversation '{}' is being answered; cancel it first", conversation_id));
  }
  co_return co_await store_.erase(std::move(conversation_id));
}

Task<Result<std::map<std::string, UsageSums>>> Conversations::usage_of(std::vector<std::string> conversation_ids) {
  std::map<std::string, UsageSums> by_id;
  if (conversation_ids.empty()) co_return by_id;
  UsageQuery query{.by = {UsageKey::conversation}, .conversations = std::move(conversation_ids)};
  CO_TRY(const std::vector<UsageRow> rows, co_await ledger_.usage(std::move(query)));
  for (const UsageRow& row : rows) by_id[row.labels.front()] = row.sums;
  co_return by_id;
}

Task<Result<UsageReport>> Conversations::usage(UsageRequest request) {
  CO_TRY(UsageQuery query, read_usage_request(request, clock_.wall()));
  CO_TRY(std::vector<UsageRow> rows, co_await ledger_.usage(query));
  co_return report_of(std::move(query), std::move(rows));
}

}  // namespace convoke
