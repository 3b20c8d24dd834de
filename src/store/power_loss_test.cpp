// The store on a disk that loses power: everything it acknowledged must be there afterwards.
#include <gmock/gmock.h>

#include <cstdlib>

#include "base/task_scope.hpp"
#include "store/conversation_store_contract.hpp"
#include "store/lossy_disk.hpp"
#include "store/sqlite_admin.hpp"
#include "store/sqlite_store.hpp"

namespace convoke {
namespace {

using Acknowledged = std::map<std::string, Sequence>;  // the last position, by conversation

constexpr int writers = 6;
constexpr int losses_in_a_row = 3;  // what was recovered must survive the next one as well
constexpr int most_operations = 400;

int asked_for(const char* variable, int otherwise) {
  const char* asked = std::getenv(variable);
  return asked ? std::atoi(asked) : otherwise;
}

std::string words_of(const std::string& conversation, Sequence seq) {
  return conversation + " said " + std::to_string(seq) + std::string(static_cast<std::size_t>(seq * 97 % 700), '.');
}

/// One life of a server between two losses of power.
class Life {
 public:
  Life(std::filesystem::path folder, Acknowledged& acknowledged, std::mt19937& chance)
      : folder_(std::move(folder)), acknowledged_(acknowledged), chance_(chance) {}

  /// Talks, erases and trims until the power is lost, and leaves what that left in `next`.
  void run_until_loss(const std::filesystem::path& next) {
    LossyDisk disk;
    disk_ = &disk;
    disk.lose_power_before(chosen(1, most_operations), [this] { promised_ = acknowledged_now(); });
    {
      auto store = SqliteStore::open({.path = folder_ / "events.db", .readers = 1, .log_pages = chosen(4, 200)}, Log{});
      if (!store) throw std::runtime_error(store.error().message);
      talk(**store);
    }
    disk.lose_power_now();
    disk.leave_remains(next, chance_);
    acknowledged_ = promised_;
  }

 private:
  int chosen(int least, int most) { return std::uniform_int_distribution(least, most)(chance_); }

  Acknowledged acknowledged_now() {
    const std::scoped_lock lock(mutex_);
    return acknowledged_;
  }

  void talk(ConversationStore& store) {
    asio::io_context loop(1);
    TaskScope scope(loop.get_executor(), Log{});
    const auto all = [&]() -> Task<> {
      for (int i = 0; i < writers; ++i) scope.spawn("writer", write(store, "c" + std::to_string(i)));
      scope.spawn("gardener", let_things_go(store));
      co_await scope.drained();
    };
    run(loop, scope.run(all()));
  }

  Task<> write(ConversationStore& store, std::string conversation) {
    const auto known = co_await store.after(conversation, 0, 1'000'000);
    if (!known) throw std::runtime_error(known.error().message);
    Sequence seq = known.value().empty() ? 0 : known->back().seq;
    while (!disk_->has_lost_power()) {
      std::vector<Event> events;
      const int together = 1 + static_cast<int>(seq) % 3;
      for (int i = 1; i <= together; ++i) events.push_back(in(conversation, question(words_of(conversation, seq + i))));
      const auto stored = co_await store.append(std::move(events));
      if (!stored) throw std::runtime_error(stored.error().message);
      seq = stored->back().seq;
      const std::scoped_lock lock(mutex_);
      acknowledged_[conversation] = seq;
    }
  }

  /// Keeps commits coming that do not wait for the disk, and a log that is emptied.
  Task<> let_things_go(ConversationStore& store) {
    while (!disk_->has_lost_power()) {
      std::vector<Event> events;
      for (int i = 0; i < 20; ++i) events.push_back(in("going", an_event(EventType::turn_completed)));
      const auto stored = co_await store.append(std::move(events));
      if (!stored) throw std::runtime_error(stored.error().message);
      (void)co_await store.trim("going", stored->back().seq - 5);
      if (stored->back().seq > 50) (void)co_await store.erase("going");
    }
  }

  std::filesystem::path folder_;
  std::mutex mutex_;
  Acknowledged& acknowledged_;  ///< guarded by mutex_ while somebody writes
  Acknowledged promised_;       ///< when the power was lost
  std::mt19937& chance_;
  LossyDisk* disk_ = nullptr;
};

/// What is missing or wrong in a file, in one line; empty if nothing is.
std::string complaint_about(const std::filesystem::path& file, const Acknowledged& acknowledged) {
  const auto store = SqliteStore::open({.path = file, .readers = 1}, Log{});
  if (!store) return store.error().message;
  for (const auto& [conversation, last] : acknowledged) {
    const auto read = run((*store)->after(conversation, 0, 1'000'000));
    if (!read) return read.error().message;
    const std::vector<Event>& events = *read;
    if (std::ssize(events) < last) return conversation + " has lost " + std::to_string(last - std::ssize(events));
    for (Sequence seq = 1; const Event& event : events) {
      if (event.seq != seq || event.message.text() != words_of(conversation, seq))
        return conversation + " is not whole";
      ++seq;
    }
  }
  const auto problems = check_file(file);
  if (!problems) return problems.error().message;
  return problems->empty() ? "" : problems->front();
}

std::string complaint_after_losses(unsigned seed) {
  std::mt19937 chance(seed);
  const auto folder = make_test_folder();
  Acknowledged acknowledged;
  std::string complaint;
  for (int life = 0; life < losses_in_a_row && complaint.empty(); ++life) {
    const auto here = folder / std::to_string(life), next = folder / std::to_string(life + 1);
    std::filesystem::create_directories(here);
    std::filesystem::create_directories(next);
    Life(here, acknowledged, chance).run_until_loss(next);
    complaint = complaint_about(next / "events.db", acknowledged);
  }
  std::filesystem::remove_all(folder);
  return complaint;
}

/// What is wrong after a loss before the `operation`th change or sync of those that begin with an erasure.
std::string complaint_after_erasing(int operation) {
  constexpr int remains = 8;
  const auto folder = make_test_folder();
  std::mt19937 chance(static_cast<unsigned>(operation));
  std::string complaint;
  LossyDisk disk;
  {
    const auto store = SqliteStore::open({.path = folder / "events.db", .readers = 1}, Log{}).value();
    run(store->append({in("going", question("hello"))})).value();
    for (int seq = 1; seq <= 20; ++seq) run(store->append({in("c", question(words_of("c", seq)))})).value();
    disk.lose_power_before(operation, [] {});
    (void)run(store->erase("going"));
    for (int seq = 21; seq <= 23; ++seq) run(store->append({in("c", question(words_of("c", seq)))})).value();
    disk.lose_power_now();
  }
  for (int i = 0; i < remains && complaint.empty(); ++i) {
    const auto after = folder / std::to_string(i);
    std::filesystem::create_directories(after);
    disk.leave_remains(after, chance);
    complaint = complaint_about(after / "events.db", {{"c", 20}});
  }
  std::filesystem::remove_all(folder);
  return complaint;
}

TEST(SqliteStorePowerLoss, TakesNothingWhileTheLogIsBeingEmptied) {
  for (int operation = 80; operation <= 140; operation += 20) {
    ASSERT_EQ(complaint_after_erasing(operation), "") << "operation " << operation;
  }
}

// CONVOKE_POWER_LOSSES=5000 for more of them, CONVOKE_POWER_LOSS_SEED=17 to begin with that one.
TEST(SqliteStorePowerLoss, TakesNothingThatWasAcknowledged) {
  const int first = asked_for("CONVOKE_POWER_LOSS_SEED", 1);
  const int schedules = asked_for("CONVOKE_POWER_LOSSES", 10);

  for (int seed = first; seed < first + schedules; ++seed) {
    ASSERT_EQ(complaint_after_losses(static_cast<unsigned>(seed)), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace convoke
