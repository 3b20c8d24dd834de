#include "store/sqlite_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "store/refusals.hpp"
#include "store/search_tokenizer.hpp"
#include "store/sqlite_event_row.hpp"

namespace convoke {
namespace {

constexpr std::int64_t max_turns_of_request = 8;
constexpr Sequence end_of_log = std::numeric_limits<Sequence>::max();

Result<std::vector<Event>> read_events(SqliteRows rows) {
  std::vector<Event> events;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return events;
    TRY(Event event, read_event(rows));
    events.push_back(std::move(event));
  }
}

Result<ConversationSummary> read_summary(const SqliteRows& rows) {
  TRY(const WallTime created, from_iso8601(rows.text(2)));
  TRY(const WallTime updated, from_iso8601(rows.text(3)));
  ConversationSummary summary{std::string(rows.text(0)), std::string(rows.text(1)), created, updated, rows.integer(4),
                              rows.integer(5) != 0,      std::string(rows.text(6))};
  if (!rows.is_null(7)) {
    TRY(summary.retention, read_retention(rows.text(7)));
  }
  return summary;
}

// SQLite takes a negative limit for none.
std::int64_t at_least_zero(int limit) { return std::max(limit, 0); }

}  // namespace

Result<SqliteReader> SqliteReader::open(const std::string& path, std::chrono::milliseconds busy_timeout) {
  TRY(SqliteDatabase database, SqliteDatabase::open(path, busy_timeout));
  CHECK_OK(teach_search(database));
  CHECK_OK(database.execute("PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY"));
  SqliteReader reader(std::move(database));
  CHECK_OK(reader.prepare());
  CHECK_OK(reader.database_.execute("PRAGMA query_only = ON"));
  return reader;
}

Result<void> SqliteReader::prepare() {
  const auto events = [](std::string_view condition) {
    return fmt::format("SELECT {} FROM chat_events WHERE conversation_id = ?1 AND {}", event_columns, condition);
  };
  const std::string turns = "SELECT conversation_id, request_id, first_seq, last_seq FROM turns ";
  const std::string summary_of =
      "SELECT conversation_id, title, created, updated, events, archived, origin, retention FROM conversations ";
  const std::string visible = "conversation_id NOT IN (SELECT conversation_id FROM conversations WHERE erased)";
  const std::pair<SqliteStatement*, std::string> statements[] = {
      {&conversation_,
       "SELECT last_seq, branch, branches, origin, origin_seq, erased FROM conversations WHERE conversation_id = ?"},
      {&origin_,
       "SELECT last_seq, branch, branches, origin, origin_seq, erased FROM conversations WHERE conversation_id = ?"},
      {&leaf_, "SELECT leaf FROM branches WHERE conversation_id = ? AND first = ?"},
      {&back_, events("seq BETWEEN ?2 AND ?3 ORDER BY seq DESC")},
      {&branches_,
       "SELECT first, parent, parent_branch, rival, leaf FROM branches WHERE conversation_id = ? ORDER BY first"},
      {&after_, events("seq > ?2 ORDER BY seq LIMIT ?3")},
      {&events_of_turn_, events("seq BETWEEN ?2 AND ?3 AND request_id = ?4 ORDER BY seq")},
      {&turns_of_request_, turns + "WHERE request_id = ?1 AND " + visible + " ORDER BY question DESC LIMIT ?2"},
      {&requests_, "SELECT question, request_id FROM turns WHERE question > ? ORDER BY question LIMIT 4000"},
      // The index holds open turns only; sorting those few is all that is left to do.
      {&open_turns_, turns + "INDEXED BY turns_open WHERE last_seq IS NULL AND " + visible + " ORDER BY question"},
      {&draft_, "SELECT words FROM drafts WHERE conversation_id = ?1 AND request_id = ?2 ORDER BY id"},
      {&next_conversation_,
       "SELECT key, conversation_id, last_seq, retention FROM conversations WHERE key > ? "
       "AND (events > ? OR retention IS NOT NULL) AND NOT erased ORDER BY key LIMIT 1"},
      {&next_with_own_,
       "SELECT key, conversation_id, last_seq, retention FROM conversations WHERE key > ? AND retention IS NOT NULL "
       "AND NOT erased ORDER BY key LIMIT 1"},
      {&newest_first_,
       "SELECT seq, type, token_count, timestamp FROM chat_events WHERE conversation_id = ? ORDER BY seq DESC"},
      {&open_turn_, "SELECT min(first_seq) FROM turns WHERE conversation_id = ? AND last_seq IS NULL"},
      {&count_before_, "SELECT count(*) FROM chat_events WHERE conversation_id = ? AND seq < ?"},
      {&count_on_branch_, "SELECT count(*) FROM chat_events WHERE conversation_id = ?1 AND seq <= ?2 AND branch = ?3"},
      {&forks_of_,
       "SELECT f.origin_seq, e.branch FROM conversations f JOIN chat_events e ON e.conversation_id = f.origin AND "
       "e.seq = f.origin_seq WHERE f.origin = ?"},
      {&key_, "SELECT key FROM conversations WHERE conversation_id = ? AND NOT erased"},
      {&hit_,
       "SELECT e.conversation_id, c.title, e.seq, e.timestamp, e.role FROM chat_events e "
       "JOIN conversations c ON c.conversation_id = e.conversation_id WHERE e.id = ? AND NOT c.erased"},
      {&conversations_, summary_of + "WHERE NOT erased AND archived = ?3 ORDER BY last_event DESC LIMIT ?2 OFFSET ?1"},
      {&summary_, summary_of + "WHERE conversation_id = ? AND NOT erased"},
  };
  for (const auto& [statement, sql] : statements) {
    TRY(*statement, database_.prepare(sql));
  }
  return finder_.prepare(database_);
}

// The conversation's row is being read throughout, which keeps all queries on one state of the file.
Result<std::vector<Event>> SqliteReader::path(const std::string& conversation_id, Sequence leaf, int limit) {
  std::vector<Event> events;
  SqliteRows conversation = conversation_.query({conversation_id});
  TRY(const bool found, conversation.next());
  if (!found) return events;
  if (conversation.integer(5) != 0) return was_erased(conversation_id);
  if (leaf == 0 && conversation.integer(2) > 1) {
    SqliteRows active = leaf_.query({conversation_id, conversation.integer(1)});
    TRY(const bool known, active.next());
    if (known) leaf = active.integer(0);
  }
  if (leaf == 0) leaf = conversation.integer(0);
  std::string from = conversation_id;
  std::string origin(conversation.text(3));
  Sequence shared = conversation.integer(4);
  const auto wanted = static_cast<std::size_t>(at_least_zero(limit));
  for (;;) {
    if (leaf > shared) CHECK_OK(walk_back(from, leaf, shared, wanted, events));
    if (leaf > shared && !events.empty()) leaf = events.back().parent;
    const bool goes_on = leaf > 0 && leaf <= shared && events.size() < wanted;
    if (!goes_on) break;
    from = std::move(origin);
    SqliteRows source = origin_.query({from});
    TRY(const bool known, source.next());
    if (!known) break;
    origin = source.text(3);
    shared = source.integer(4);
  }
  std::ranges::reverse(events);
  return events;
}

/// Appends the events on the way back from `leaf`, down to position `end`, newest first. Most lie one before the other,
/// so one query finds them all; where the way leaves for another branch, another begins.
Result<void> SqliteReader::walk_back(const std::string& conversation_id, Sequence leaf, Sequence end, std::size_t limit,
                                     std::vector<Event>& events) {
  while (leaf > end && events.size() < limit) {
    SqliteRows rows = back_.query({conversation_id, end + 1, leaf});
    const std::size_t before = events.size();
    while (leaf > end && events.size() < limit) {
      TRY(const bool more, rows.next());
      if (!more || seq_of(rows) != leaf) break;
      TRY(Event event, read_event(rows));
      leaf = event.parent;
      events.push_back(std::move(event));
    }
    if (events.size() == before) return {};  // what came before is not kept any more
  }
  return {};
}

Result<BranchTree> SqliteReader::branches(const std::string& conversation_id) {
  BranchTree tree{.branches = {Branch{}}};
  SqliteRows conversation = conversation_.query({conversation_id});
  TRY(const bool found, conversation.next());
  if (!found || conversation.integer(5) != 0) return tree;
  tree.active = conversation.integer(1);
  tree.branches.front().leaf = conversation.integer(0);
  if (conversation.integer(2) == 1) return tree;
  tree.branches.clear();
  SqliteRows rows = branches_.query({conversation_id});
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return tree;
    tree.branches.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4)});
  }
}

Result<std::vector<Event>> SqliteReader::after(const std::string& conversation_id, Sequence after, int limit) {
  SqliteRows conversation = conversation_.query({conversation_id});
  TRY(const bool found, conversation.next());
  if (!found || conversation.integer(5) != 0) return std::vector<Event>{};
  return read_events(after_.query({conversation_id, after, at_least_zero(limit)}));
}

Result<std::vector<RecordedTurn>> SqliteReader::turns_of_request(const std::string& request_id) {
  return recorded(turns_of_request_.query({request_id, max_turns_of_request}));
}

Result<RequestPage> SqliteReader::requests(std::int64_t after) {
  SqliteRows rows = requests_.query({after});
  RequestPage page;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return page;
    page.last_question = rows.integer(0);
    page.requests.emplace_back(rows.text(1));
  }
}

Result<std::vector<RecordedTurn>> SqliteReader::open_turns() { return recorded(open_turns_.query({})); }

// `turns` is being read throughout, which keeps both queries on one state of the file.
Result<std::vector<RecordedTurn>> SqliteReader::recorded(SqliteRows turns) {
  std::vector<RecordedTurn> found;
  for (;;) {
    TRY(const bool more, turns.next());
    if (!more) return found;
    RecordedTurn turn{std::string(turns.text(0)), std::string(turns.text(1)), {}};
    const Sequence last = turns.is_null(3) ? end_of_log : turns.integer(3);
    TRY(turn.events,
        read_events(events_of_turn_.query({turn.conversation_id, turns.integer(2), last, turn.request_id})));
    if (turns.is_null(3)) {
      TRY(turn.draft, draft_of(turn));
    }
    found.push_back(std::move(turn));
  }
}

Result<std::string> SqliteReader::draft_of(const RecordedTurn& turn) {
  SqliteRows rows = draft_.query({turn.conversation_id, turn.request_id});
  std::string words;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return words;
    words += rows.text(0);
  }
}

Result<std::vector<ConversationSummary>> SqliteReader::conversations(bool archived, int offset, int limit) {
  SqliteRows rows = conversations_.query({at_least_zero(offset), at_least_zero(limit), std::int64_t{archived}});
  std::vector<ConversationSummary> page;
  for (;;) {
    TRY(const bool more, rows.next());
    if (!more) return page;
    TRY(ConversationSummary summary, read_summary(rows));
    page.push_back(std::move(summary));
  }
}

Result<ConversationSummary> SqliteReader::conversation(const std::string& conversation_id) {
  SqliteRows rows = summary_.query({conversation_id});
  TRY(const bool found, rows.next());
  if (!found) return no_conversation(conversation_id);
  return read_summary(rows);
}

Result<std::vector<SearchHit>> SqliteReader::search(const SearchQuery& query) {
  std::optional<std::int64_t> key;
  if (query.conversation_id) {
    SqliteRows rows = key_.query({*query.conversation_id});
    TRY(const bool known, rows.next());
    if (!known) return std::vector<SearchHit>{};
    key = rows.integer(0);
  }
  const auto spell_out = [&](const std::string& beginning) { return finder_.spell_out(beginning); };
  TRY(const std::string match, match_expression(query, key, spell_out));
  TRY(const std::vector<std::int64_t> events, finder_.find(match));
  std::vector<SearchHit> hits;
  std::vector<std::int64_t> shown;
  std::int64_t to_skip = at_least_zero(query.offset);
  for (const std::int64_t event : events) {
    if (std::ssize(hits) >= query.limit) break;
    TRY(auto found, hit(query, event));
    if (!found || to_skip-- > 0) continue;
    hits.push_back(*std::move(found));
    shown.push_back(event);
  }
  TRY(Snippets snippets, finder_.snippets(match, shown));
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i].snippet = std::move(snippets[shown[i]]);
  return hits;
}

/// The event with this id, if people can see it and it was said within the query's time.
Result<std::optional<SearchHit>> SqliteReader::hit(const SearchQuery& query, std::int64_t event) {
  SqliteRows rows = hit_.query({event});
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  TRY(const WallTime said, from_iso8601(rows.text(3)));
  if ((query.from && said < *query.from) || (query.until && said >= *query.until)) return std::nullopt;
  return SearchHit{std::string(rows.text(0)),
                   std::string(rows.text(1)),
                   rows.integer(2),
                   said,
                   role_of(rows.text(4)).value_or(Role::user),
                   {}};
}

SqliteReaders::SqliteReaders(std::string path, std::chrono::milliseconds busy_timeout)
    : path_(std::move(path)), busy_timeout_(busy_timeout) {}

Result<SqliteReader> SqliteReaders::take() {
  {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
      SqliteReader reader = std::move(free_.back());
      free_.pop_back();
      return reader;
    }
  }
  return SqliteReader::open(path_, busy_timeout_);
}

void SqliteReaders::give_back(SqliteReader reader) {
  const std::scoped_lock lock(mutex_);
  free_.push_back(std::move(reader));
}

}  // namespace convoke
