#include "store/postgres/admin.hpp"

#include <fmt/format.h>

#include "store/postgres/ledger_tables.hpp"
#include "store/postgres/reader.hpp"
#include "store/postgres/schema.hpp"

namespace convoke {
namespace {

constexpr auto patience = 10s;
constexpr auto patience_with_everything = 10min;

Result<PostgresConnection> connect(const Secret& url) {
  TRY(PostgresConnection connection, PostgresConnection::open(url, patience));
  TRY(const std::int64_t form, form_of(connection));
  if (form == 0) return fail(Errc::not_found, "there are no conversations in this database; start the server once");
  if (form == newest_postgres_schema()) return connection;
  return fail(Errc::conflict,
              fmt::format("the tables have form {}, this convoke knows {}", form, newest_postgres_schema()));
}

struct Rule {
  std::string_view broken;  ///< with the number of rows
  std::string_view sql;     ///< counts the rows that break it
};
constexpr Rule rules[] = {
    {"events belong to no conversation",
     "SELECT count(*) FROM chat_events WHERE conversation_id NOT IN (SELECT conversation_id FROM conversations)"},
    {"conversations do not know their newest event",
     "SELECT count(*) FROM conversations c WHERE last_seq < (SELECT coalesce(max(seq), 0) FROM chat_events e "
     "WHERE e.conversation_id = c.conversation_id)"},
    {"conversations do not know how many events they have",
     "SELECT count(*) FROM conversations c WHERE NOT erased AND events <> (SELECT count(*) FROM chat_events e "
     "WHERE e.conversation_id = c.conversation_id)"},
    {"conversations do not have the branches they should have",
     "SELECT count(*) FROM conversations c WHERE branches > 1 AND branches <> (SELECT count(*) FROM branches b "
     "WHERE b.conversation_id = c.conversation_id)"},
    {"forks do not have what they were forked from",
     "SELECT count(*) FROM conversations f WHERE origin IS NOT NULL AND NOT EXISTS (SELECT 1 FROM chat_events e "
     "WHERE e.conversation_id = f.origin AND e.seq = f.origin_seq)"},
    {"turns have no question",
     "SELECT count(*) FROM turns t WHERE NOT EXISTS (SELECT 1 FROM chat_events e WHERE e.id = t.question)"},
};

}  // namespace

Result<std::vector<std::string>> check_database(const Secret& url) {
  TRY(PostgresConnection connection, connect(url));
  CHECK_OK(connection.set_timeout(patience_with_everything));
  std::vector<std::string> problems;
  for (const Rule& rule : rules) {
    TRY(const PostgresRows count, connection.query(rule.sql));
    if (count.integer(0, 0) > 0) problems.push_back(fmt::format("{} {}", count.integer(0, 0), rule.broken));
  }
  return problems;
}

Result<std::vector<Trim>> plan_trims_of_database(const Secret& url, const RetentionRule& rule) {
  TRY(PostgresConnection connection, connect(url));
  PostgresReader reader(std::move(connection));
  std::vector<Trim> trims;
  std::int64_t after = 0;
  do {
    TRY(TrimPlan plan, reader.plan_trims(rule, after));
    trims.insert(trims.end(), plan.trims.begin(), plan.trims.end());
    after = plan.next;
  } while (after != 0);
  return trims;
}

Result<std::vector<UsageRow>> usage_in_database(const Secret& url, const UsageQuery& query) {
  TRY(PostgresConnection connection, connect(url));
  return read_usage(connection, query);
}

}  // namespace convoke
