#include "gateway/queries.hpp"

namespace convoke {

Task<Result<json::object>> answer_query(const QueryServices& services, ListConversations list) {
  CO_TRY(const auto summaries, co_await services.conversations.list(list.archived, list.offset, list.limit));
  std::vector<std::string> ids;
  for (const ConversationSummary& summary : summaries) ids.push_back(summary.id);
  const auto used = co_await services.conversations.usage_of(std::move(ids));
  json::array rows;
  for (const ConversationSummary& summary : summaries) {
    json::object row = to_json(summary);
    if (used && used->contains(summary.id)) row["usage"] = to_json(used->at(summary.id));
    rows.push_back(std::move(row));
  }
  co_return json::object{{"conversations", std::move(rows)}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, GetConversation get) {
  CO_TRY(const ConversationPage page, co_await services.conversations.get(get.conversation_id, get.before, get.limit));
  json::array events;
  for (const Event& event : page.events) {
    json::object& shown = events.emplace_back(to_json(event)).get_object();
    const auto siblings = page.siblings.find(event.seq);
    if (siblings != page.siblings.end()) shown["siblings"] = json::value_from(siblings->second);
  }
  json::object data{
      {"conversation_id", get.conversation_id}, {"events", std::move(events)}, {"has_more", page.has_more}};
  const auto used = co_await services.conversations.usage_of({get.conversation_id});
  if (used && !used->empty()) data["usage"] = to_json(used->begin()->second);
  co_return data;
}

Task<Result<json::object>> answer_query(const QueryServices& services, ForkConversation fork) {
  CO_TRY(const std::string made,
         co_await services.conversations.fork(fork.conversation_id, fork.at, std::move(fork.new_id)));
  co_return json::object{{"conversation_id", made}, {"forked_from", fork.conversation_id}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, SwitchBranch change) {
  CO_CHECK(co_await services.conversations.switch_to(change.conversation_id, change.seq));
  co_return json::object{{"conversation_id", change.conversation_id}, {"seq", change.seq}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, ArchiveConversation archive) {
  CO_CHECK(co_await services.conversations.set_archived(archive.conversation_id, archive.archived));
  co_return json::object{{"conversation_id", archive.conversation_id}, {"archived", archive.archived}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, RetainConversation retain) {
  const std::string id = retain.conversation_id;
  const bool dry_run = retain.dry_run;
  CO_TRY(const RetentionReport report, co_await services.conversations.retain(std::move(retain)));
  json::object data{{"conversation_id", id}, {"would_go", report.would_go}};
  data["retention"] = report.retention ? json::value(to_json(*report.retention)) : json::value(nullptr);
  if (report.first_kept > 0) data["first_kept"] = report.first_kept;
  if (dry_run) data["dry_run"] = true;
  co_return data;
}

Task<Result<json::object>> answer_query(const QueryServices& services, SearchEvents search) {
  CO_TRY(const std::vector<SearchHit> hits,
         co_await services.conversations.search({.text = std::move(search.text),
                                                 .conversation_id = std::move(search.conversation_id),
                                                 .role = search.role,
                                                 .from = search.from,
                                                 .until = search.until,
                                                 .offset = search.offset,
                                                 .limit = search.limit}));
  json::array rows;
  for (const SearchHit& hit : hits) rows.push_back(to_json(hit));
  co_return json::object{{"hits", std::move(rows)}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, RenameConversation rename) {
  CO_TRY(const std::string shown, co_await services.conversations.rename(rename.conversation_id, rename.title));
  co_return json::object{{"conversation_id", rename.conversation_id}, {"title", shown}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, DeleteConversation erase) {
  CO_CHECK(co_await services.conversations.erase(erase.conversation_id));
  co_return json::object{{"conversation_id", erase.conversation_id}, {"deleted", true}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, ContentQuery query) {
  return answer_content_query(services.hub, std::move(query));
}

Task<Result<json::object>> answer_query(const QueryServices& services, MemoryQuery query) {
  return services.memory.answer(std::move(query));
}

Task<Result<json::object>> answer_query(const QueryServices& services, ListApprovals) {
  json::array rows;
  for (const KeptApproval& one : services.approvals.all()) {
    rows.push_back({{"conversation_id", one.conversation_id}, {"server", one.server}, {"tool", one.tool}});
  }
  co_return json::object{{"approvals", std::move(rows)}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, ForgetApprovals forget) {
  const auto forgotten = services.approvals.forget(forget.server, forget.tool, forget.conversation_id.value_or(""));
  co_return json::object{{"forgotten", forgotten}};
}

Task<Result<json::object>> answer_query(const QueryServices& services, GetStatus) { co_return services.status(); }

Task<Result<json::object>> answer_query(const QueryServices& services, GetUsage get) {
  CO_TRY(const UsageReport report, co_await services.conversations.usage({get.by, get.since, get.until}));
  co_return to_json(report);
}

Task<Result<json::object>> answer_query(const QueryServices&, Ping) { co_return json::object{{"pong", true}}; }

}  // namespace convoke
