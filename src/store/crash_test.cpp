#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <thread>

#include "base/random.hpp"
#include "store/conversation_store_contract.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

constexpr int rounds_with_a_file = 20;

using Promises = std::map<std::string, Sequence>;  // the last seq promised, by conversation

/// A child process that writes to `file` until it is killed: `mode` is "append" or "spend".
class CrashingWriter {
 public:
  CrashingWriter(std::string file, std::string mode) {
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    output_ = pipe[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::string program = CONVOKE_BINARY_DIR "/crash_test_writer";
    char* arguments[] = {program.data(), file.data(), mode.data(), nullptr};
    if (posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environ) != 0) {
      throw std::runtime_error("cannot start " + program);
    }
    posix_spawn_file_actions_destroy(&actions);
    close(pipe[1]);
  }

  /// Lets it make so many promises, kills it, and returns all it promised.
  Promises kill_after(int lines) {
    std::string output;
    std::array<char, 4096> chunk{};
    bool killed = false;
    while (const auto length = read(output_, chunk.data(), chunk.size())) {
      output.append(chunk.data(), static_cast<std::size_t>(length));
      if (killed || std::ranges::count(output, '\n') < lines) continue;
      kill(process_, SIGKILL);
      killed = true;
    }
    close(output_);
    waitpid(process_, nullptr, 0);
    return parse(output);
  }

 private:
  static Promises parse(const std::string& output) {
    Promises promises;
    std::istringstream lines(output);
    std::string conversation;
    for (Sequence seq = 0; lines >> conversation >> seq;) promises[conversation] = seq;
    return promises;
  }

  pid_t process_ = -1;
  int output_ = -1;
};

int rounds() {
  const char* asked = std::getenv("CONVOKE_CRASH_ROUNDS");
  return asked ? std::atoi(asked) : 10;
}

/// With a new file now and then, as all of it is read after each round.
void begin_anew(const std::filesystem::path& folder, Promises& promised) {
  promised.clear();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) std::filesystem::remove(entry);
}

/// How many events of `promised` are missing. Numbers have no gaps, so the last one stands for all before it.
Sequence missing(ConversationStore& store, const Promises& promised) {
  Sequence count = 0;
  for (const auto& [conversation, seq] : promised) {
    const auto events = run(store.after(conversation, 0, 1'000'000)).value();
    count += std::max<Sequence>(0, seq - std::ssize(events));
    if (!events.empty() && events.back().seq != std::ssize(events)) count += 1;
  }
  return count;
}

TEST(SqliteStoreCrash, LosesNothingItPromisedWhenKilledAtAnyMoment) {
  const auto folder = make_test_folder();
  Promises promised;

  for (int round = 0; round < rounds(); ++round) {
    if (round % rounds_with_a_file == 0) begin_anew(folder, promised);
    CrashingWriter writer(folder / "events.db", "append");
    const Promises more = writer.kill_after(1 + static_cast<int>(random_fraction() * 2000));

    for (const auto& [conversation, seq] : more) promised[conversation] = seq;
    const auto store = SqliteStore::open({.path = folder / "events.db"}, Log{});
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_FALSE(more.empty());
    ASSERT_EQ(missing(**store, promised), 0) << "in round " << round;
  }
  std::filesystem::remove_all(folder);
}

/// What is wrong with the account of calls that got as far as promised: 1 sent, 2 settled. Empty if nothing is.
std::string wrong_in_account(Ledger& ledger, const Promises& promised) {
  std::map<std::string, ModelCall> known;
  Money total{};
  for (ModelCall& call : run(ledger.latest(1'000'000)).value()) {
    total += call.cost.value();
    const std::string id = call.id;
    if (!known.emplace(id, std::move(call)).second) return id + " is there twice";
  }
  for (const auto& [id, stage] : promised) {
    const auto call = known.find(id);
    if (call == known.end()) return id + " is missing";
    const bool is_lost = call->second.status == CallStatus::lost;
    if (stage == 2 && is_lost) return id + " was settled and is lost";
    if (call->second.cost != Money{is_lost ? 100 : 7}) return id + " has a wrong cost";
  }
  const UsageSums sums = run(ledger.usage({})).value().at(0).sums;
  if (sums.cost != total || sums.calls != std::ssize(known)) return "the sums are not those of the calls";
  return "";
}

TEST(SqliteLedgerCrash, MissesNoMoneyThatMayHaveBeenSpentWhenKilledAtAnyMoment) {
  const auto folder = make_test_folder();
  Promises promised;

  for (int round = 0; round < rounds(); ++round) {
    if (round % rounds_with_a_file == 0) begin_anew(folder, promised);
    CrashingWriter writer(folder / "events.db", "spend");
    const Promises more = writer.kill_after(1 + static_cast<int>(random_fraction() * 1000));

    for (const auto& [id, stage] : more) promised[id] = stage;
    const auto store = SqliteStore::open({.path = folder / "events.db"}, Log{});
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_FALSE(more.empty());
    ASSERT_EQ(wrong_in_account(*(*store)->ledger(), promised), "") << "in round " << round;
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace convoke
