#include "store/postgres/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/event_columns.hpp"
#include "store/postgres/event_row.hpp"
#include "store/postgres/node.hpp"
#include "store/refusals.hpp"

namespace convoke {
namespace {

constexpr std::int64_t max_turns_of_request = 8;
constexpr Sequence end_of_log = std::numeric_limits<Sequence>::max();

/// PostgreSQL refuses a negative limit.
std::int64_t at_least_zero(int limit) { return std::max(limit, 0); }

std::string events(std::string_view condition) {
  return fmt::format("SELECT {} FROM chat_events WHERE conversation_id = $1 AND {}", postgres_event_columns, condition);
}

const std::string back = events("seq > $2 AND seq <= $3 ORDER BY seq DESC LIMIT $4");
const std::string newest_back =
    events("seq <= (SELECT leaf FROM conversations WHERE conversation_id = $1) ORDER BY seq DESC LIMIT $2");
const std::string forwards = events("seq > $2 ORDER BY seq LIMIT $3");
const std::string of_turn = events("seq BETWEEN $2 AND $3 AND request_id = $4 ORDER BY seq");
constexpr std::string_view conversation_row =
    "SELECT leaf, branch, branches, last_seq, coalesce(origin, ''), origin_seq, erased FROM conversations "
    "WHERE conversation_id = $1";
constexpr std::string_view branch_rows =
    "SELECT first, parent, parent_branch, rival, leaf FROM branches WHERE conversation_id = $1 ORDER BY first";

const std::string summary_of =
    "SELECT conversation_id, title, created, updated, events, archived, coalesce(origin, ''), retention FROM "
    "conversations ";

Result<ConversationSummary> read_summary(const PostgresRows& rows, int row) {
  ConversationSummary summary{rows.text(row, 0),    rows.text(row, 1),    rows.time(row, 2), rows.time(row, 3),
                              rows.integer(row, 4), rows.boolean(row, 5), rows.text(row, 6)};
  if (!rows.is_null(row, 7)) {
    TRY(summary.retention, read_retention(rows.text(row, 7)));
  }
  return summary;
}

/// Of rows, newest first, those that follow each other back from `leaf`; the rest is on other branches.
Result<Sequence> take_way(const PostgresRows& rows, Sequence leaf, Sequence end, std::size_t limit,
                          std::vector<Event>& taken) {
  constexpr int seq_column = 2;
  for (int row = 0; row < rows.size() && leaf > end && taken.size() < limit; ++row) {
    const Sequence seq = rows.integer(row, seq_column);
    if (seq > leaf) continue;
    if (seq < leaf) break;
    TRY(Event event, read_event(rows, row));
    leaf = event.parent;
    taken.push_back(std::move(event));
  }
  return leaf;
}

}  // namespace

// An event never changes and the way to it does not either, so the queries need no common snapshot.
Result<std::vector<Event>> PostgresReader::path(const std::string& conversation_id, Sequence leaf, int limit) {
  std::vector<Event> taken;
  const auto wanted = static_cast<std::size_t>(at_least_zero(limit));
  connection_.send(conversation_row, {conversation_id});
  if (leaf == 0) connection_.send(newest_back, {conversation_id, at_least_zero(limit)});
  TRY(const auto answers, connection_.receive());
  const PostgresRows& conversation = answers.front();
  if (conversation.empty()) return taken;
  if (conversation.boolean(0, 6)) return was_erased(conversation_id);
  std::string from = conversation_id;
  std::string origin = conversation.text(0, 4);
  Sequence shared = conversation.integer(0, 5);
  if (leaf == 0) {
    TRY(leaf, take_way(answers.back(), conversation.integer(0, 0), shared, wanted, taken));
  }
  for (;;) {
    if (leaf > shared) {
      CHECK_OK(walk_back(from, leaf, shared, wanted, taken));
      if (!taken.empty()) leaf = taken.back().parent;
    }
    const bool goes_on = leaf > 0 && leaf <= shared && taken.size() < wanted;
    if (!goes_on) break;
    from = std::move(origin);
    TRY(const PostgresRows source, connection_.query(conversation_row, {from}));
    if (source.empty()) break;
    origin = source.text(0, 4);
    shared = source.integer(0, 5);
  }
  std::ranges::reverse(taken);
  return taken;
}

/// Appends the events on the way back from `leaf`, down to position `end`, newest first. Most lie one before the other,
/// so one query finds them all; where the way leaves for another branch, another begins.
Result<void> PostgresReader::walk_back(const std::string& conversation_id, Sequence leaf, Sequence end,
                                       std::size_t limit, std::vector<Event>& taken) {
  while (leaf > end && taken.size() < limit) {
    const std::size_t before = taken.size();
    const auto missing = static_cast<std::int64_t>(limit - before);
    TRY(const PostgresRows rows, connection_.query(back, {conversation_id, end, leaf, missing}));
    TRY(leaf, take_way(rows, leaf, end, limit, taken));
    if (taken.size() == before) return {};  // what came before is not kept any more
  }
  return {};
}

Result<BranchTree> PostgresReader::branches(const std::string& conversation_id) {
  BranchTree tree{.branches = {Branch{}}};
  connection_.send(conversation_row, {conversation_id});
  connection_.send(branch_rows, {conversation_id});
  TRY(const auto answers, connection_.receive());
  const PostgresRows& conversation = answers[0];
  const PostgresRows& rows = answers[1];
  if (conversation.empty() || conversation.boolean(0, 6)) return tree;
  tree.branches.front().leaf = conversation.integer(0, 3);
  if (rows.empty()) return tree;
  tree.active = conversation.integer(0, 1);
  tree.branches.clear();
  for (int row = 0; row < rows.size(); ++row) {
    const auto number = [&](int column) { return rows.integer(row, column); };
    tree.branches.push_back({number(0), number(1), number(2), number(3), number(4)});
  }
  if (!tree.find(tree.active)) tree.active = trunk;  // it was made between the two answers
  return tree;
}

Result<std::vector<Event>> PostgresReader::after(const std::string& conversation_id, Sequence after, int limit) {
  connection_.send(conversation_row, {conversation_id});
  connection_.send(forwards, {conversation_id, after, at_least_zero(limit)});
  TRY(const auto answers, connection_.receive());
  if (answers[0].empty() || answers[0].boolean(0, 6)) return std::vector<Event>{};
  return read_events(answers[1]);
}

Result<std::vector<RecordedTurn>> PostgresReader::turns_of_request(const std::string& request_id) {
  TRY(const PostgresRows turns,
      connection_.query("SELECT conversation_id, request_id, first_seq, last_seq FROM turns WHERE request_id = $1 AND "
                        "conversation_id NOT IN (SELECT conversation_id FROM conversations WHERE erased) "
                        "ORDER BY question DESC LIMIT $2",
                        {request_id, max_turns_of_request}));
  return recorded(turns);
}

Result<std::vector<RecordedTurn>> PostgresReader::open_turns(std::int64_t node) {
  static const std::string sql = fmt::format(
      "SELECT conversation_id, request_id, first_seq, last_seq FROM turns WHERE last_seq IS NULL AND "
      "(node = $1 OR node NOT IN {}) AND "
      "conversation_id NOT IN (SELECT conversation_id FROM conversations WHERE erased) ORDER BY question",
      live_nodes);
  TRY(const PostgresRows turns, connection_.query(sql, {node}));
  return recorded(turns);
}

/// All turns in one round trip: their events, and of those that are open the draft.
Result<std::vector<RecordedTurn>> PostgresReader::recorded(const PostgresRows& turns) {
  std::vector<RecordedTurn> found;
  for (int row = 0; row < turns.size(); ++row) {
    found.push_back({turns.text(row, 0), turns.text(row, 1), {}});
    const Sequence last = turns.is_null(row, 3) ? end_of_log : turns.integer(row, 3);
    const RecordedTurn& turn = found.back();
    connection_.send(of_turn, {turn.conversation_id, turns.integer(row, 2), last, turn.request_id});
    connection_.send(
        "SELECT coalesce(string_agg(words, '' ORDER BY id), '') FROM drafts WHERE conversation_id = $1 AND "
        "request_id = $2",
        {turn.conversation_id, turn.request_id});
  }
  TRY(const auto answers, connection_.receive());
  for (std::size_t i = 0; i < found.size(); ++i) {
    TRY(found[i].events, read_events(answers[2 * i]));
    const bool is_open = turns.is_null(static_cast<int>(i), 3);
    if (is_open) found[i].draft = answers[2 * i + 1].text(0, 0);
  }
  return found;
}

Result<std::vector<ConversationSummary>> PostgresReader::conversations(bool archived, int offset, int limit) {
  static const std::string sql =
      summary_of + "WHERE NOT erased AND archived = $1 ORDER BY last_event DESC LIMIT $2 OFFSET $3";
  TRY(const PostgresRows rows, connection_.query(sql, {archived, at_least_zero(limit), at_least_zero(offset)}));
  std::vector<ConversationSummary> page;
  for (int row = 0; row < rows.size(); ++row) {
    TRY(ConversationSummary summary, read_summary(rows, row));
    page.push_back(std::move(summary));
  }
  return page;
}

Result<ConversationSummary> PostgresReader::conversation(const std::string& conversation_id) {
  static const std::string sql = summary_of + "WHERE conversation_id = $1 AND NOT erased";
  TRY(const PostgresRows rows, connection_.query(sql, {conversation_id}));
  if (rows.empty()) return no_conversation(conversation_id);
  return read_summary(rows, 0);
}

Result<PostgresReader> PostgresReaders::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
      PostgresReader reader = std::move(free_.back());
      free_.pop_back();
      return reader;
    }
  }
  auto connection = PostgresConnection::open(url_, timeout_);
  is_away_ = !connection;
  if (!connection) return fail(std::move(connection).error());
  return PostgresReader(*std::move(connection));
}

void PostgresReaders::give_back(PostgresReader reader) {
  const std::scoped_lock lock(mutex_);
  if (reader.connection().is_broken()) {
    free_.clear();  // the server went away, and the others' connections with it
  } else {
    free_.push_back(std::move(reader));
  }
}

}  // namespace convoke
