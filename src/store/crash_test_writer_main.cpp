// Appends to a store as fast as it can and prints "<conversation> <seq>" for each event it was promised. The crash test
// kills it at any moment and then looks for every event that was promised.
//
//     crash_test_writer FILE
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

constexpr int writers = 32;

Task<> append_for_ever(ConversationStore& store, std::string conversation) {
  for (;;) {
    const Event event{.conversation_id = conversation,
                      .timestamp = SystemClock().wall(),
                      .request_id = "r",
                      .message = user_message(std::string(600, 'x'))};
    const auto stored = co_await store.append({event});
    if (!stored) throw std::runtime_error(stored.error().message);
    const std::string promise = conversation + " " + std::to_string(stored->front().seq) + "\n";
    // One write, so that being killed leaves no half of a line.
    if (write(STDOUT_FILENO, promise.data(), promise.size()) < 0) co_return;
  }
}

Task<> append_from_all(TaskScope& scope, ConversationStore& store) {
  for (int i = 0; i < writers; ++i) scope.spawn("writer", append_for_ever(store, "c" + std::to_string(i)));
  co_await scope.drained();
}

int write_until_killed(const char* file) {
  const auto store = SqliteStore::open({.path = file}, Log{});
  if (!store) {
    std::fprintf(stderr, "crash_test_writer: %s\n", store.error().message.c_str());
    return 1;
  }
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  run(loop, scope.run(append_from_all(scope, **store)));
  return 0;
}

}  // namespace
}  // namespace convoke

int main(int argc, char** argv) { return argc == 2 ? convoke::write_until_killed(argv[1]) : 2; }
