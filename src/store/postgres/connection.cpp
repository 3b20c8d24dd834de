#include "store/postgres/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "store/postgres/address.hpp"
#include "store/postgres/database_text.hpp"
#include "store/postgres/node.hpp"
#include "store/postgres/parameters.hpp"

namespace convoke {
namespace {

constexpr int binary = 1;

/// What trying again cures: a serialization failure, a deadlock, a row that somebody else made first.
bool is_race(std::string_view state) { return state == "40001" || state == "40P01" || state == "23505"; }

/// Trouble that is not our doing, by the classes of https://www.postgresql.org/docs/15/errcodes-appendix.html
bool is_trouble(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  return kind == "08" || kind == "28" || kind == "53" || kind == "57" || kind == "58" || kind == "3D" ||
         state == "25006" || state == "55P03" || state == "42501" || state == "XX001" || state == "XX002";
}

/// The first line; what follows it are guesses.
std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

void PostgresRows::Clear::operator()(pg_result* result) const { PQclear(result); }
int PostgresRows::size() const { return PQntuples(result_.get()); }
bool PostgresRows::is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
std::int64_t PostgresRows::integer(int row, int column) const {
  return PQgetlength(result_.get(), row, column) == 8 ? number_in(PQgetvalue(result_.get(), row, column)) : 0;
}
bool PostgresRows::boolean(int row, int column) const {
  return PQgetlength(result_.get(), row, column) == 1 && *PQgetvalue(result_.get(), row, column) != 0;
}
std::string PostgresRows::text(int row, int column) const {
  const auto length = static_cast<std::size_t>(PQgetlength(result_.get(), row, column));
  return from_database_text({PQgetvalue(result_.get(), row, column), length});
}
std::optional<std::string> PostgresRows::text_or_null(int row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(text(row, column));
}
WallTime PostgresRows::time(int row, int column) const { return from_postgres_time(integer(row, column)); }
std::string_view PostgresRows::command() const { return PQcmdStatus(result_.get()); }

void PostgresConnection::Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

Result<PostgresConnection> PostgresConnection::open(const Secret& url, std::chrono::milliseconds timeout) {
  CHECK_OK(location_of(url));
  // What stands behind the URL goes before what is in it.
  const char* keywords[] = {"application_name", "tcp_user_timeout", "dbname", "client_encoding", nullptr};
  const std::string patience = std::to_string(timeout.count());
  const std::string name = session_name();
  const char* values[] = {name.c_str(), patience.c_str(), url.reveal().c_str(), "UTF8", nullptr};
  PostgresConnection connection(PQconnectStartParams(keywords, values, 1), timeout);
  CHECK_OK(connection.finish_connecting());
  PQsetNoticeProcessor(connection.connection_.get(), [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connection.connection_.get(), 1);
  CHECK_OK(connection.set_timeout(timeout));
  // A commit is on disk when we hear of it, whatever the database's own setting.
  CHECK_OK(connection.run_script(
      "SET default_transaction_isolation = 'read committed'; SET jit = off; "
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"));
  return connection;
}

Result<void> PostgresConnection::set_timeout(std::chrono::milliseconds timeout) {
  CHECK_OK(run_script(
      fmt::format("SET statement_timeout = {0}; SET lock_timeout = {0}; SET idle_in_transaction_session_timeout = {1}",
                  timeout.count(), 3 * timeout.count())));
  timeout_ = timeout;
  return {};
}

Result<void> PostgresConnection::finish_connecting() {
  const Deadline deadline = SteadyClock::now() + timeout_;
  if (!connection_) return fail(Errc::unavailable, "no memory for a connection");
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return broken(first_line(PQerrorMessage(connection_.get())));
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    if (next == PGRES_POLLING_FAILED) return broken(first_line(PQerrorMessage(connection_.get())));
    CHECK_OK(wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
    next = PQconnectPoll(connection_.get());
  }
  if (PQenterPipelineMode(connection_.get()) == 0) return broken("no pipeline mode");
  return {};
}

void PostgresConnection::send(std::string_view sql, std::initializer_list<PostgresValue> values) {
  const PostgresParameters parameters(values);
  std::string& name = prepared_[std::string(sql)];
  if (name.empty()) {
    name = fmt::format("s{}", ++names_);
    PQsendPrepare(connection_.get(), name.c_str(), std::string(sql).c_str(), parameters.size(),
                  parameters.types.data());
    queued_.push_back({std::string(sql)});
  }
  PQsendQueryPrepared(connection_.get(), name.c_str(), parameters.size(), parameters.values.data(),
                      parameters.lengths.data(), parameters.formats.data(), binary);
  queued_.push_back({});
}

void PostgresConnection::send_once(std::string_view sql, std::initializer_list<PostgresValue> values) {
  const PostgresParameters parameters(values);
  PQsendQueryParams(connection_.get(), std::string(sql).c_str(), parameters.size(), parameters.types.data(),
                    parameters.values.data(), parameters.lengths.data(), parameters.formats.data(), binary);
  queued_.push_back({});
}

Result<PostgresRows> PostgresConnection::query(std::string_view sql, std::initializer_list<PostgresValue> parameters) {
  send(sql, parameters);
  TRY(auto all, receive());
  return std::move(all.back());
}

Result<std::vector<PostgresRows>> PostgresConnection::receive() {
  lost_a_race_ = false;
  if (is_broken_) return broken("the connection is gone");
  if (PQpipelineSync(connection_.get()) == 0) return broken(first_line(PQerrorMessage(connection_.get())));
  return read_results(SteadyClock::now() + timeout_ + 1s);  // the server's own deadline comes first
}

/// Each queued statement gives one result and an end; the mark behind them gives one of its own.
Result<std::vector<PostgresRows>> PostgresConnection::read_results(Deadline deadline) {
  std::vector<PostgresRows> all;
  std::optional<Error> error;
  for (; !queued_.empty(); queued_.pop_front()) {
    TRY(pg_result * raw, next_result(deadline));
    PostgresRows rows(raw);
    const ExecStatusType status = PQresultStatus(raw);
    const bool is_done = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    const std::string& prepares = queued_.front().prepares;
    if (!is_done && !prepares.empty()) prepared_.erase(prepares);
    if (status == PGRES_FATAL_ERROR && !error) error = error_of(raw);
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return broken(error ? error->message : "the server went away");
    if (is_done && prepares.empty()) all.push_back(std::move(rows));
    TRY(pg_result * end, next_result(deadline));
    if (end) return broken("more answers than statements");
  }
  TRY(pg_result * mark, next_result(deadline));
  const PostgresRows synced(mark);
  if (PQresultStatus(mark) != PGRES_PIPELINE_SYNC) return broken("an answer where there should be none");
  if (error) return fail(*std::move(error));
  return all;
}

/// The next result, which the caller clears; null at the end of one statement's.
Result<pg_result*> PostgresConnection::next_result(Deadline deadline) {
  for (;;) {
    const int unsent = PQflush(connection_.get());
    if (unsent < 0) return broken(first_line(PQerrorMessage(connection_.get())));
    if (PQisBusy(connection_.get()) == 0) return PQgetResult(connection_.get());
    CHECK_OK(wait(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), deadline));
    if (PQconsumeInput(connection_.get()) == 0) return broken(first_line(PQerrorMessage(connection_.get())));
  }
}

Result<void> PostgresConnection::wait(short events, Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
  pollfd socket{PQsocket(connection_.get()), events, 0};
  const int ready = left.count() > 0 ? poll(&socket, 1, static_cast<int>(left.count())) : 0;
  if (ready == 0) return broken(fmt::format("no answer within {} ms", timeout_.count()));
  return {};
}

Result<void> PostgresConnection::run_script(const std::string& sql) {
  PQexitPipelineMode(connection_.get());
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return broken(first_line(PQerrorMessage(connection_.get())));
  std::optional<Error> error;
  for (;;) {
    TRY(pg_result * raw, next_result(SteadyClock::now() + timeout_ + 1s));
    if (!raw) break;
    const PostgresRows rows(raw);
    if (PQresultStatus(raw) == PGRES_FATAL_ERROR && !error) error = error_of(raw);
    if (PQstatus(connection_.get()) == CONNECTION_BAD) return broken(error ? error->message : "the server went away");
  }
  PQenterPipelineMode(connection_.get());
  if (error) return fail(*std::move(error));
  return {};
}

/// The first line of what the server says. Its details may hold values of rows and are left out.
Error PostgresConnection::error_of(const pg_result* result) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text ? text : "");
  };
  const std::string state = field(PG_DIAG_SQLSTATE);
  std::string message = first_line(field(PG_DIAG_MESSAGE_PRIMARY));
  if (message.empty()) message = first_line(PQresultErrorMessage(result));
  lost_a_race_ = is_race(state);
  const bool is_ours = !state.empty() && !is_trouble(state);
  return {is_ours ? Errc::internal : Errc::unavailable, "PostgreSQL: " + message, std::nullopt};
}

std::unexpected<Error> PostgresConnection::broken(std::string why) {
  is_broken_ = true;
  queued_.clear();
  if (!why.starts_with("PostgreSQL: ")) why = "PostgreSQL: " + why;
  return fail(Errc::unavailable, std::move(why));
}

int PostgresConnection::server_version() const { return PQserverVersion(connection_.get()); }

}  // namespace convoke
