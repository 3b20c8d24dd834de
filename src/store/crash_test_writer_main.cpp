// Writes to a store as fast as it can until the crash test kills it and looks for everything that was promised:
// "append" prints "<conversation> <seq>" for each event, "spend" prints "<call> 1" for each call of a model that may be
// sent and "<call> 2" for each whose end is on disk.
//
//     crash_test_writer FILE append|spend
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "base/random.hpp"
#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

constexpr int writers = 32;

/// One write, so that being killed leaves no half of a line.
bool promise(const std::string& line) { return write(STDOUT_FILENO, line.data(), line.size()) >= 0; }

Task<> append_for_ever(ConversationStore& store, std::string conversation) {
  for (;;) {
    const Event event{.conversation_id = conversation,
                      .timestamp = SystemClock().wall(),
                      .request_id = "r",
                      .message = user_message(std::string(600, 'x'))};
    const auto stored = co_await store.append({event});
    if (!stored) throw std::runtime_error(stored.error().message);
    if (!promise(conversation + " " + std::to_string(stored->front().seq) + "\n")) co_return;
  }
}

/// Calls that may cost 100 and cost 7.
Task<> spend_for_ever(SqliteStore& store, Ledger& ledger, std::string conversation) {
  for (;;) {
    ModelCall call{.id = random_id("call_"), .time = SystemClock().wall(), .provider = "p", .model = "m"};
    call.origin.conversation_id = conversation;
    call.cost = Money{100};
    call.cost_source = CostSource::reserved;
    const auto reserved = co_await ledger.reserve(call);
    if (!reserved) throw std::runtime_error(reserved.error().message);
    if (!promise(call.id + " 1\n")) co_return;
    call.cost = Money{7};
    call.cost_source = CostSource::price_list;
    ledger.settle(call);
    const auto stored = co_await store.append({Event{.conversation_id = conversation, .request_id = "r"}});
    if (!stored) throw std::runtime_error(stored.error().message);
    if (!promise(call.id + " 2\n")) co_return;
  }
}

Task<> spend_from_all(TaskScope& scope, SqliteStore& store, Ledger& ledger) {
  for (int i = 0; i < writers; ++i) scope.spawn("spender", spend_for_ever(store, ledger, "c" + std::to_string(i)));
  co_await scope.drained();
}

Task<> append_from_all(TaskScope& scope, ConversationStore& store) {
  for (int i = 0; i < writers; ++i) scope.spawn("writer", append_for_ever(store, "c" + std::to_string(i)));
  co_await scope.drained();
}

int write_until_killed(const char* file, const std::string& mode) {
  const auto store = SqliteStore::open({.path = file}, Log{});
  if (!store) {
    std::fprintf(stderr, "crash_test_writer: %s\n", store.error().message.c_str());
    return 1;
  }
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  const auto ledger = (*store)->ledger();
  const bool spends = mode == "spend";
  run(loop, scope.run(spends ? spend_from_all(scope, **store, *ledger) : append_from_all(scope, **store)));
  return 0;
}

}  // namespace
}  // namespace convoke

int main(int argc, char** argv) { return argc == 3 ? convoke::write_until_killed(argv[1], argv[2]) : 2; }
