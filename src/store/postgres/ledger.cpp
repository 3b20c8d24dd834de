#include "store/postgres/ledger.hpp"

#include "store/postgres/ledger_tables.hpp"

namespace convoke {
namespace {

PostgresCommits::Queue::Work reserving(ModelCall call) {
  return [call = std::move(call)](PostgresWriter& writer) -> Result<void> {
    reserve_call(writer.connection(), call, writer.node());
    return {};
  };
}

}  // namespace

Task<Result<void>> PostgresLedger::reserve(ModelCall call) {
  co_return co_await await_answer<Result<void>>([&](Answer<Result<void>> answer) {
    commits_.submit({.work = reserving(std::move(call)), .answer = std::move(answer)});
  });
}

void PostgresLedger::note(ModelCall call) { commits_.submit({.work = reserving(std::move(call))}); }

void PostgresLedger::settle(ModelCall call) {
  commits_.submit({.work = [call = std::move(call)](PostgresWriter& writer) -> Result<void> {
    settle_call(writer.connection(), call);
    return {};
  }});
}

Task<Result<std::vector<UsageRow>>> PostgresLedger::usage(UsageQuery query) {
  using Rows = std::vector<UsageRow>;
  std::function<Result<Rows>(PostgresReader&)> read = [&](PostgresReader& reader) {
    return read_usage(reader.connection(), query);
  };
  co_return co_await offload<Result<Rows>>(reader_threads_, [&] { return readers_.read<Rows>(read); });
}

Task<Result<std::vector<ModelCall>>> PostgresLedger::latest(int limit) {
  using Calls = std::vector<ModelCall>;
  std::function<Result<Calls>(PostgresReader&)> read = [&](PostgresReader& reader) {
    return read_latest_calls(reader.connection(), limit);
  };
  co_return co_await offload<Result<Calls>>(reader_threads_, [&] { return readers_.read<Calls>(read); });
}

}  // namespace convoke
