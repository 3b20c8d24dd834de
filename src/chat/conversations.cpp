#include "chat/conversations.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "chat/branching.hpp"
#include "store/title.hpp"

namespace convoke {

namespace {

/// About what a page may take: pictures make events large. At least one is shown.
constexpr std::size_t max_page_bytes = 8U << 20U;

std::size_t size_of(const Part& part) {
  if (const Image* image = std::get_if<Image>(&part)) return image->data.size();
  if (const Text* text = std::get_if<Text>(&part)) return text->text.size();
  const ToolResult* result = std::get_if<ToolResult>(&part);
  std::size_t bytes = result ? result->text.size() : 0;
  for (const Image& image : result ? result->images : std::vector<Image>{}) bytes += image.data.size();
  return bytes;
}

/// Leaves out the oldest events of a page that would be too large.
void keep_newest(ConversationPage& page, std::size_t max_bytes) {
  std::size_t bytes = 0;
  auto first = page.events.end();
  while (first != page.events.begin()) {
    for (const Part& part : std::prev(first)->message.parts) bytes += size_of(part);
    if (bytes > max_bytes && first != page.events.end()) break;
    --first;
  }
  page.has_more = page.has_more || first != page.events.begin();
  page.events.erase(page.events.begin(), first);
}

std::unexpected<Error> no_conversation(const std::string& id) {
  return fail(Errc::not_found, fmt::format("there is no conversation '{}'", id));
}

}  // namespace

Task<Result<std::vector<ConversationSummary>>> Conversations::list(bool archived, int offset, int limit) {
  return store_.conversations(archived, offset, limit);
}

/// What was deleted is not there, for whoever looks.
Task<Result<std::vector<Event>>> Conversations::path(std::string conversation_id, Sequence leaf, int limit) {
  auto events = co_await store_.path(std::move(conversation_id), leaf, limit);
  if (!events && events.error().code == Errc::conflict) co_return std::vector<Event>{};
  co_return events;
}

Task<Result<ConversationPage>> Conversations::get(std::string conversation_id, Sequence before, int limit) {
  // One more than asked for tells whether there are older ones; the way to an event includes that.
  const int wanted = limit + (before > 0 ? 2 : 1);
  CO_TRY(std::vector<Event> events, co_await path(conversation_id, before, wanted));
  if (events.empty() && before == 0) co_return no_conversation(conversation_id);
  if (before > 0 && !events.empty()) events.pop_back();
  ConversationPage page{std::move(events)};
  page.has_more = page.events.size() > static_cast<std::size_t>(limit);
  if (page.has_more) page.events.erase(page.events.begin());

  keep_newest(page, max_page_bytes);

  CO_TRY(const BranchTree tree, co_await store_.branches(conversation_id));
  for (const Event& event : page.events) {
    auto siblings = tree.branches.size() > 1 ? tree.alternatives_after(event.parent) : std::vector<Sequence>{};
    if (!siblings.empty()) page.siblings.emplace(event.seq, std::move(siblings));
  }
  co_return page;
}

Task<Result<std::string>> Conversations::fork(std::string conversation_id, Sequence at,
                                              std::optional<std::string> new_id) {
  if (at == 0) {
    CO_TRY(const std::vector<Event> newest, co_await path(conversation_id, 0, 1));
    if (newest.empty()) co_return no_conversation(conversation_id);
    at = newest.front().seq;
  }
  CO_TRY(const Sequence end, co_await end_of_turn(store_, conversation_id, at));
  std::string id = new_id ? *std::move(new_id) : random_id("c_");
  CO_CHECK(co_await store_.fork(std::move(conversation_id), end, id, clock_.wall()));
  co_return id;
}

Task<Result<void>> Conversations::switch_to(std::string conversation_id, Sequence event) {
  return store_.switch_to(std::move(conversation_id), event);
}

Task<Result<std::vector<SearchHit>>> Conversations::search(SearchQuery query) {
  return store_.search(std::move(query));
}

Task<Result<void>> Conversations::set_archived(std::string conversation_id, bool archived) {
  return store_.set_archived(std::move(conversation_id), archived);
}

Task<Result<std::string>> Conversations::rename(std::string conversation_id, std::string title) {
  std::string shown = title_of(title);
  CO_CHECK(co_await store_.rename(std::move(conversation_id), std::move(title)));
  co_return shown;
}

Task<Result<void>> Conversations::erase(std::string conversation_id) {
  if (live_.is_running_in(conversation_id)) {
    co_return fail(Errc::conflict,
                   fmt::format("a question of conversation '{}' is being answered; cancel it first", conversation_id));
  }
  co_return co_await store_.erase(std::move(conversation_id));
}

Task<bool> Conversations::was_deleted(std::string conversation_id) {
  const auto newest = co_await store_.path(std::move(conversation_id), 0, 1);
  co_return !newest && newest.error().code == Errc::conflict;
}

Task<Result<std::int64_t>> Conversations::write(std::string conversation_id, ExportFormat format, TakePiece take) {
  return export_conversation(store_, std::move(conversation_id), format, std::move(take));
}

std::unique_ptr<Import> Conversations::begin_import(ImportOptions options) {
  return std::make_unique<Import>(store_, clock_, claims_, std::move(options));
}

Task<Result<RetentionReport>> Conversations::retain(RetainConversation wanted) {
  CO_TRY(const ConversationSummary known, co_await store_.conversation(wanted.conversation_id));
  RetentionReport report{.retention = wanted.changes ? wanted.retention : known.retention};
  RetentionRule rule = rule_();
  if (report.retention) rule = rule_of(*report.retention, clock_.wall());
  CO_TRY(const auto trim, co_await store_.plan_trim(wanted.conversation_id, rule));
  if (trim) {
    report.would_go = trim->events;
    report.first_kept = trim->first_kept;
  }
  if (wanted.changes && !wanted.dry_run) {
    CO_CHECK(co_await store_.set_retention(wanted.conversation_id, wanted.retention));
  }
  co_return report;
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
