#include "store/postgres/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "store/postgres/event_row.hpp"
#include "store/postgres/node.hpp"
#include "store/postgres/schema.hpp"
#include "store/postgres/search.hpp"
#include "store/refusals.hpp"
#include "store/title.hpp"

namespace convoke {

Result<PostgresWriter> PostgresWriter::open(const Secret& url, std::chrono::milliseconds timeout, std::int64_t node) {
  TRY(PostgresConnection connection, PostgresConnection::open(url, timeout));
  CHECK_OK(bring_up_to_date(connection));
  TRY(WordCutter cutter, WordCutter::make());
  PostgresWriter writer(std::move(connection), std::move(cutter));
  writer.node_ = node;
  if (node == 0) {
    CHECK_OK(wait_for_dead_nodes(writer.connection_));
    TRY(writer.node_, take_node_number(writer.connection_));
  }
  CHECK_OK(hold_node_number(writer.connection_, writer.node_));
  return writer;
}

void PostgresWriter::ask_for(const std::vector<std::string>& ids) {
  // In one order, so that two servers never wait for each other.
  connection_.send(
      "SELECT conversation_id, title, events, last_seq, last_event, branch, branches, coalesce(origin, ''), "
      "origin_seq, "
      "erased FROM conversations WHERE conversation_id = ANY($1) ORDER BY conversation_id FOR UPDATE",
      {std::span<const std::string>(ids)});
  connection_.send(
      "SELECT conversation_id, first, parent, parent_branch, rival, leaf FROM branches WHERE conversation_id = ANY($1) "
      "ORDER BY conversation_id, first",
      {std::span<const std::string>(ids)});
}

Result<void> PostgresWriter::begin(std::vector<std::string> conversations, int events, bool is_durable,
                                   std::int64_t batch) {
  known_.clear();
  free_ids_.clear();
  std::ranges::sort(conversations);
  const auto repeated = std::ranges::unique(conversations);
  conversations.erase(repeated.begin(), repeated.end());
  connection_.send("BEGIN");
  connection_.send(
      "INSERT INTO convoke_nodes (node, batch) OVERRIDING SYSTEM VALUE VALUES ($1::integer, $2) ON CONFLICT (node) "
      "DO UPDATE SET batch = excluded.batch, seen = now()",
      {node_, batch});
  if (!is_durable) connection_.send("SET LOCAL synchronous_commit = off");
  ask_for(conversations);
  if (events > 0) {
    connection_.send("SELECT nextval('convoke_event_ids') FROM generate_series(1, $1)", {std::int64_t{events}});
  }
  TRY(const auto answers, connection_.receive());
  const std::size_t first = is_durable ? 2 : 3;
  CHECK_OK(learn(conversations, answers[first], answers[first + 1]));
  if (events == 0) return {};
  const PostgresRows& ids = answers[first + 2];
  for (int row = ids.size(); row-- > 0;) free_ids_.push_back(ids.integer(row, 0));
  return {};
}

Result<void> PostgresWriter::learn(const std::vector<std::string>& ids, const PostgresRows& rows,
                                   const PostgresRows& branches) {
  for (const std::string& id : ids) known_.try_emplace(id);
  for (int row = 0; row < rows.size(); ++row) {
    Conversation& known = known_[rows.text(row, 0)];
    known.exists = true;
    known.title = rows.text(row, 1);
    known.events = rows.integer(row, 2);
    known.saved_seq = known.shape.last_seq = rows.integer(row, 3);
    known.last_event = rows.integer(row, 4);
    BranchTree& tree = known.shape.tree;
    tree.active = rows.integer(row, 5);
    tree.branches.front().leaf = known.saved_seq;
    if (rows.integer(row, 6) > 1) tree.branches.clear();
    known.saved_branches = static_cast<std::size_t>(rows.integer(row, 6));
    known.shape.origin = rows.text(row, 7);
    known.shape.origin_seq = rows.integer(row, 8);
    known.shape.erased = rows.boolean(row, 9);
  }
  for (int row = 0; row < branches.size(); ++row) {
    const auto number = [&](int column) { return branches.integer(row, column); };
    known_[branches.text(row, 0)].shape.tree.branches.push_back(
        {number(1), number(2), number(3), number(4), number(5)});
  }
  for (const std::string& id : ids) {
    const BranchTree& tree = known_[id].shape.tree;
    if (!tree.find(trunk) || !tree.find(tree.active)) {
      return fail(Errc::internal, fmt::format("the branches of '{}' are not whole", id));
    }
  }
  return {};
}

/// One that nobody announced costs a round trip.
Result<PostgresWriter::Conversation*> PostgresWriter::conversation(const std::string& id) {
  if (const auto known = known_.find(id); known != known_.end()) return &known->second;
  ask_for({id});
  TRY(const auto answers, connection_.receive());
  CHECK_OK(learn({id}, answers[answers.size() - 2], answers.back()));
  return &known_[id];
}

Result<PostgresWriter::Conversation*> PostgresWriter::visible_conversation(const std::string& id) {
  TRY(Conversation * found, conversation(id));
  const bool is_visible = !found->shape.erased && (found->exists || found->changed);
  if (!is_visible) return no_conversation(id);
  return found;
}

Result<std::vector<PostgresStored>> PostgresWriter::append(const std::vector<Event>& events) {
  TRY(Placed placed, place(events, lookup()));
  std::vector<PostgresStored> stored;
  stored.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    stored.push_back({free_ids_.back(), placed.placements[i]});
    free_ids_.pop_back();
    insert_event(connection_, event, stored.back().id, stored.back().place, search_vector(cutter_, event));
    note_turn(event, stored.back().id, stored.back().place.seq);
    note_event(known_.at(event.conversation_id), event, stored.back());
  }
  for (auto& [id, shape] : placed.shapes) known_.at(id).shape = std::move(shape);
  return stored;
}

void PostgresWriter::note_turn(const Event& event, std::int64_t id, Sequence seq) {
  if (opens_turn(event.type)) {
    connection_.send(
        "INSERT INTO turns (question, conversation_id, request_id, first_seq, node) SELECT $1, $2, $3, $4, $5 WHERE "
        "NOT "
        "EXISTS (SELECT 1 FROM turns WHERE conversation_id = $2 AND request_id = $3 AND last_seq IS NULL)",
        {id, event.conversation_id, event.request_id, seq, node_});
    return;
  }
  if (event.type == EventType::assistant_message || closes_turn(event.type)) {
    connection_.send("DELETE FROM drafts WHERE conversation_id = $1 AND request_id = $2",
                     {event.conversation_id, event.request_id});
  }
  if (closes_turn(event.type)) {
    connection_.send(
        "UPDATE turns SET last_seq = $3 WHERE conversation_id = $1 AND request_id = $2 AND last_seq IS NULL",
        {event.conversation_id, event.request_id, seq});
  }
}

void PostgresWriter::note_event(Conversation& conversation, const Event& event, const PostgresStored& stored) {
  if (event.type == EventType::user_message && conversation.title.empty()) {
    conversation.title = title_of(event.message.text());
    conversation.title_changed = !conversation.title.empty();
  }
  if (!conversation.exists && conversation.events == 0) conversation.created = event.timestamp;
  conversation.changed = true;
  conversation.updated = event.timestamp;
  conversation.events += 1;
  conversation.last_event = stored.id;
}

Result<void> PostgresWriter::save_conversations() {
  for (auto& [id, conversation] : known_) {
    if (conversation.changed) save(id, conversation);
  }
  return {};
}

void PostgresWriter::save(const std::string& id, Conversation& conversation) {
  const Conversation& c = conversation;
  const Sequence last_seq = c.shape.last_seq;
  const BranchTree& tree = c.shape.tree;
  const std::int64_t branches = std::ssize(tree.branches);
  if (!c.exists) {
    connection_.send(
        "INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event, branch, "
        "branches, leaf) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)",
        {id, c.title, c.created, c.updated, c.events, last_seq, c.last_event, tree.active, branches, tree.leaf()});
  } else {
    connection_.send(
        "UPDATE conversations SET updated = $2, events = $3, last_seq = $4, last_event = $5, branch = $6, branches = "
        "$7, "
        "leaf = $8 WHERE conversation_id = $1",
        {id, c.updated, c.events, last_seq, c.last_event, tree.active, branches, tree.leaf()});
    if (c.title_changed) {
      connection_.send("UPDATE conversations SET title = $2 WHERE conversation_id = $1", {id, c.title});
    }
  }
  save_branches(id, c);
  conversation.exists = true;
  conversation.saved_seq = last_seq;
  conversation.saved_branches = tree.branches.size();
  conversation.changed = conversation.title_changed = false;
}

void PostgresWriter::save_branches(const std::string& id, const Conversation& conversation) {
  const auto& branches = conversation.shape.tree.branches;
  if (branches.size() == 1) return;
  const bool is_new = conversation.saved_branches != branches.size();
  for (const Branch& b : branches) {
    if (!is_new && b.leaf <= conversation.saved_seq) continue;
    connection_.send(
        "INSERT INTO branches VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (conversation_id, first) DO UPDATE SET "
        "rival = excluded.rival, leaf = excluded.leaf",
        {id, b.first, b.parent, b.parent_branch, b.rival, b.leaf});
  }
}

Result<void> PostgresWriter::commit() {
  CHECK_OK(save_conversations());
  TRY(const PostgresRows done, connection_.query("COMMIT"));
  if (done.command() == "COMMIT") return {};
  return fail(Errc::internal, "PostgreSQL: the transaction was rolled back");
}

void PostgresWriter::roll_back() {
  known_.clear();
  if (!connection_.is_broken()) (void)connection_.query("ROLLBACK");
}

Result<bool> PostgresWriter::was_committed(std::int64_t batch) {
  TRY(const PostgresRows last, connection_.query("SELECT batch FROM convoke_nodes WHERE node = $1::integer", {node_}));
  return !last.empty() && last.integer(0, 0) == batch;
}

Result<void> PostgresWriter::keep_draft(const Draft& draft) {
  connection_.send(
      "INSERT INTO drafts (conversation_id, request_id, words) SELECT $1, $2, $3 WHERE EXISTS "
      "(SELECT 1 FROM turns WHERE conversation_id = $1 AND request_id = $2 AND last_seq IS NULL)",
      {draft.conversation_id, draft.request_id, draft.words});
  return {};
}

Result<void> PostgresWriter::rename(const std::string& conversation_id, const std::string& title) {
  const std::string shown = title_of(title);
  if (shown.empty()) return no_title();
  TRY(Conversation * found, visible_conversation(conversation_id));
  if (found->changed) save(conversation_id, *found);
  found->title = shown;
  connection_.send("UPDATE conversations SET title = $2 WHERE conversation_id = $1", {conversation_id, shown});
  return {};
}

Result<void> PostgresWriter::retitle(const std::string& conversation_id, const std::string& from,
                                     const std::string& title) {
  TRY(const Conversation* found, visible_conversation(conversation_id));
  if (found->title != from) return has_another_title(conversation_id);
  return rename(conversation_id, title);
}

Result<void> PostgresWriter::set_retention(const std::string& conversation_id,
                                           const std::optional<Retention>& retention) {
  TRY(Conversation * found, visible_conversation(conversation_id));
  if (found->changed) save(conversation_id, *found);
  const std::string text = retention ? json::serialize(to_json(*retention)) : "";
  connection_.send("UPDATE conversations SET retention = $2 WHERE conversation_id = $1",
                   {conversation_id, retention ? PostgresValue(std::string_view(text)) : PostgresValue(nullptr)});
  return {};
}

Result<void> PostgresWriter::set_archived(const std::string& conversation_id, bool archived) {
  TRY(Conversation * found, visible_conversation(conversation_id));
  if (found->changed) save(conversation_id, *found);
  connection_.send("UPDATE conversations SET archived = $2 WHERE conversation_id = $1", {conversation_id, archived});
  return {};
}

}  // namespace convoke
