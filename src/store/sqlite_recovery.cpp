// Saving what can still be read: the log is the truth, everything else is made from it again.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "store/file_claim.hpp"
#include "store/search_tokenizer.hpp"
#include "store/sqlite_admin.hpp"
#include "store/sqlite_event_row.hpp"
#include "store/sqlite_ledger_tables.hpp"
#include "store/sqlite_schema.hpp"

namespace convoke {
namespace {

constexpr auto busy_timeout = std::chrono::seconds(10);
constexpr std::int64_t longest_jump = 16;      // so many rows after a broken page are lost with it at most
constexpr std::int64_t longest_gap = 1 << 20;  // after which nothing more is looked for

// What `conversations`, `branches` and `turns` say follows from the events; only titles given by people do not.
constexpr const char* make_the_rest = R"sql(
    INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event, branch, branches)
      SELECT conversation_id,
             substr(coalesce((SELECT content FROM chat_events q WHERE q.conversation_id = e.conversation_id AND
                              q.type = 'user_message' ORDER BY seq LIMIT 1), ''), 1, 80),
             min(timestamp), max(timestamp), count(*), max(seq), max(id),
             (SELECT branch FROM chat_events l WHERE l.conversation_id = e.conversation_id ORDER BY seq DESC LIMIT 1),
             count(DISTINCT branch) + (count(DISTINCT branch) > 0 AND min(branch) > 1)
      FROM chat_events e GROUP BY conversation_id;
    WITH b AS (SELECT conversation_id, branch, min(parent) AS parent, max(seq) AS leaf FROM chat_events GROUP BY 1, 2)
    INSERT INTO branches (conversation_id, first, parent, parent_branch, rival, leaf)
      SELECT b.conversation_id, b.branch, iif(b.branch = 1, 0, b.parent),
             iif(b.branch = 1, 0, coalesce((SELECT p.branch FROM chat_events p WHERE
               p.conversation_id = b.conversation_id AND p.seq = b.parent), 1)),
             iif(b.branch = 1, 0, coalesce((SELECT min(r.seq) FROM chat_events r WHERE
               r.conversation_id = b.conversation_id AND r.parent = b.parent), b.branch)),
             b.leaf
      FROM b JOIN conversations c ON c.conversation_id = b.conversation_id WHERE c.branches > 1;
    INSERT OR IGNORE INTO branches
      SELECT conversation_id, 1, 0, 0, 0, 0 FROM conversations WHERE branches > 1;
    INSERT INTO turns (question, conversation_id, request_id, first_seq, last_seq)
      SELECT q.id, q.conversation_id, q.request_id, q.seq,
             (SELECT min(seq) FROM chat_events e WHERE e.conversation_id = q.conversation_id AND e.seq > q.seq AND
              e.request_id = q.request_id AND e.type LIKE 'turn\_%' ESCAPE '\')
      FROM chat_events q WHERE q.type IN ('user_message', 'regeneration');
)sql";

/// Reads rows by their ids; where a page is broken it jumps ahead until something can be read.
class Salvage {
 public:
  Salvage(SqliteDatabase& from, SqliteDatabase& to) : from_(from), to_(to) {}

  Result<Recovered> run() {
    const std::string columns(event_columns);
    TRY(insert_, to_.prepare(fmt::format("INSERT OR IGNORE INTO chat_events ({}) VALUES "
                                         "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                                         columns)));
    const bool has_branches = from_.prepare("SELECT branch FROM chat_events").has_value();
    const std::string readable = has_branches ? columns : columns.substr(0, columns.rfind(',')) + ", 1";
    std::int64_t after = 0;
    std::int64_t jump = 1;
    for (std::int64_t last_read = 0; after - last_read <= longest_gap;) {
      const auto statement =
          from_.prepare(fmt::format("SELECT {} FROM chat_events WHERE id > {} ORDER BY id", readable, after));
      if (!statement) return fail(statement.error());
      const std::int64_t reached = read_from(*statement, after);
      if (is_through_) break;
      jump = reached > after ? 1 : std::min(jump * 2, longest_jump);
      if (reached > after) last_read = reached;
      after = reached + jump;
      ++recovered_.damaged;
    }
    return recovered_;
  }

 private:
  /// Copies rows until one cannot be read; returns the id of the last that could.
  std::int64_t read_from(const SqliteStatement& statement, std::int64_t after) {
    SqliteRows rows = const_cast<SqliteStatement&>(statement).query({});
    for (;;) {
      const auto more = rows.next();
      if (!more) return after;
      if (!*more) {
        is_through_ = true;
        return after;
      }
      after = rows.integer(0);
      if (!read_event(rows) || !copy(rows)) ++recovered_.damaged;
    }
  }

  bool copy(const SqliteRows& rows) {
    const auto text = [&](int i) { return rows.is_null(i) ? SqliteValue(nullptr) : SqliteValue(rows.text(i)); };
    const auto number = [&](int i) { return rows.is_null(i) ? SqliteValue(nullptr) : SqliteValue(rows.integer(i)); };
    const auto kept =
        insert_.run({number(0), text(1), number(2), number(3), text(4), text(5), text(6), text(7), text(8), text(9),
                     text(10), text(11), number(12), text(13), text(14), text(15), number(16), text(17), number(18)});
    recovered_.events += kept.has_value();
    return kept.has_value();
  }

  SqliteDatabase& from_;
  SqliteDatabase& to_;
  SqliteStatement insert_;
  Recovered recovered_;
  bool is_through_ = false;
};

}  // namespace

Result<Recovered> recover_file(const std::string& path, const std::string& target) {
  if (!std::filesystem::exists(path)) return fail(Errc::not_found, path + ": there is no such file");
  if (std::filesystem::exists(target)) return fail(Errc::conflict, target + ": is there already; choose another name");
  TRY(SqliteDatabase from, SqliteDatabase::open(path, busy_timeout));
  CHECK_OK(make_private_file(target));
  TRY(SqliteDatabase to, SqliteDatabase::open(target, busy_timeout));
  CHECK_OK(teach_search(to));
  CHECK_OK(bring_up_to_date(to, target));
  CHECK_OK(to.execute("BEGIN IMMEDIATE"));
  TRY(Recovered recovered, Salvage(from, to).run());
  CHECK_OK(to.execute(make_the_rest));
  TRY(const std::int64_t unreadable_calls, salvage_calls(from, to));
  recovered.damaged += unreadable_calls;
  CHECK_OK(to.execute("COMMIT"));
  TRY(recovered.conversations, to.integer("SELECT count(*) FROM conversations"));
  return recovered;
}

}  // namespace convoke
