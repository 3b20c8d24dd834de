#include "store/sqlite_ledger.hpp"

#include <filesystem>

namespace convoke {

Task<Result<void>> SqliteLedger::reserve(ModelCall call) {
  co_return co_await await_answer<Result<void>>([&](Answer<Result<void>> answer) {
    writer_.submit(
        {.work = [&call](SqliteWriter& writer) { return writer.ledger().reserve(call); }, .answer = std::move(answer)});
  });
}

void SqliteLedger::note(ModelCall call) {
  writer_.submit({.work = [call = std::move(call)](SqliteWriter& writer) { return writer.ledger().reserve(call); }});
}

void SqliteLedger::settle(ModelCall call) {
  writer_.submit({.work = [call = std::move(call)](SqliteWriter& writer) { return writer.ledger().settle(call); }});
}

Task<Result<std::vector<UsageRow>>> SqliteLedger::usage(UsageQuery query) {
  using Rows = std::vector<UsageRow>;
  std::function<Result<Rows>(SqliteReader&)> read = [&](SqliteReader& reader) {
    return read_usage(reader.database(), query);
  };
  co_return co_await offload<Result<Rows>>(reader_threads_, [&] { return readers_.read<Rows>(read); });
}

Task<Result<std::vector<ModelCall>>> SqliteLedger::latest(int limit) {
  using Calls = std::vector<ModelCall>;
  std::function<Result<Calls>(SqliteReader&)> read = [&](SqliteReader& reader) {
    return read_latest_calls(reader.database(), limit);
  };
  co_return co_await offload<Result<Calls>>(reader_threads_, [&] { return readers_.read<Calls>(read); });
}

Result<std::vector<UsageRow>> usage_in_file(const std::string& path, const UsageQuery& query) {
  if (!std::filesystem::exists(path)) return fail(Errc::not_found, path + ": there is no such file");
  TRY(SqliteDatabase database, SqliteDatabase::open(path, 5s));
  TRY(const std::int64_t tables,
      database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'usage_by_conversation'"));
  if (tables == 0) return fail(Errc::not_found, path + ": there is no account of calls in it; start the server once");
  return read_usage(database, query);
}

}  // namespace convoke
