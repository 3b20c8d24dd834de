// How many events are durable in a second, and what the disk allows at most.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "store_bench.hpp"

namespace convoke::bench {
namespace {

constexpr auto run_time = 2s;
constexpr int rounds = 3;
constexpr int turns_at_once = 16;   // of a writer that is a busy server, not a person
constexpr int events_together = 4;  // as a turn appends what belongs together

double seconds_of_processor() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Microseconds that this thread was ready and had no processor.
double waited_for_processor() {
  std::ifstream statistics("/proc/thread-self/schedstat");
  double ran = 0, waited = 0;
  statistics >> ran >> waited;
  return waited / 1e3;
}

struct Appends {
  int writers = 1;
  int turns = 1;     ///< of each, at once; each waits for its events before it appends the next
  int together = 1;  ///< events of one append
};

struct Appended {
  double events_per_second = 0;
  double events_per_commit = 0;
  double processor_us = 0;  ///< per event
  std::vector<double> waits{};
};

Appended append_from(const Appends& how, const std::filesystem::path& file) {
  const auto store = open_store(file);
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  Appended appended;
  const double processor_before = seconds_of_processor();
  const Stopwatch total;
  const auto writer = [&](int number) -> Task<> {
    const std::string conversation = "conversation-" + std::to_string(number % how.writers);
    for (int i = 0; total.seconds() < std::chrono::duration<double>(run_time).count();) {
      std::vector<Event> events;
      for (int k = 0; k < how.together; ++k) events.push_back(an_event(conversation, i++));
      const Stopwatch wait;
      value_of(co_await store->append(std::move(events)));
      appended.waits.push_back(wait.seconds() * 1e6);
    }
  };
  const auto all = [&]() -> Task<> {
    for (int i = 0; i < how.writers * how.turns; ++i) scope.spawn("writer", writer(i));
    co_await scope.drained();
  };
  run(loop, scope.run(all()));
  const double events = static_cast<double>(appended.waits.size()) * how.together;
  appended.events_per_second = events / total.seconds();
  appended.processor_us = (seconds_of_processor() - processor_before) / events * 1e6;
  appended.events_per_commit = events / static_cast<double>(store->status().commits);
  return appended;
}

/// The same rows with one durable transaction each, and nothing beside the log: what the store is held against.
double one_transaction_per_event(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  execute(database,
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS chat_events (id INTEGER "
          "PRIMARY KEY, conversation_id TEXT, seq INTEGER, timestamp TEXT, type TEXT, request_id TEXT, content TEXT);"
          "CREATE UNIQUE INDEX IF NOT EXISTS by_position ON chat_events(conversation_id, seq)");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO chat_events VALUES (NULL, ?, ?, '2026-11-23T18:04:48.123Z', 'x', 'r', ?)",
                     -1, &insert, nullptr);
  const std::string words = an_event("", 0).message.text();
  const Stopwatch total;
  int events = 0;
  for (; total.seconds() < std::chrono::duration<double>(run_time).count(); ++events) {
    const std::string conversation = "conversation-" + std::to_string(events % 64);
    sqlite3_bind_text(insert, 1, conversation.c_str(), -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 2, events / 64);
    sqlite3_bind_text(insert, 3, words.c_str(), -1, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database));
    sqlite3_reset(insert);
  }
  const double rate = events / total.seconds();
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return rate;
}

struct Contender {
  std::string name;
  Appends how;
  std::vector<double> rates{}, commits{}, processor{}, waits{};
};

void report_sync(const std::string& name, bool grows, const std::filesystem::path& file) {
  constexpr int syncs = 200;
  constexpr std::size_t length = 64 << 10;
  const std::vector<char> bytes(length, 'x');
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  for (int i = 0; !grows && i < syncs; ++i) (void)!write(descriptor, bytes.data(), length);
  fsync(descriptor);
  std::vector<double> took, disk_took;
  for (int i = 0; i < syncs; ++i) {
    (void)!pwrite(descriptor, bytes.data(), length, static_cast<off_t>(static_cast<std::size_t>(i) * length));
    const double waited = waited_for_processor();
    const Stopwatch watch;
    fdatasync(descriptor);
    took.push_back(watch.seconds() * 1e6);
    disk_took.push_back(took.back() - (waited_for_processor() - waited));
  }
  close(descriptor);
  report("store.fdatasync_p50." + name, median(took), "us");
  report("store.fdatasync_p50." + name + ".without_waiting_for_a_processor", median(disk_took), "us");
}

}  // namespace

void measure_disk(const std::filesystem::path& folder) {
  report_sync("file_that_grows", true, folder / "grows");
  report_sync("file_of_its_length", false, folder / "stays");
}

void measure_appends(const std::filesystem::path& folder) {
  std::vector<Contender> contenders = {
      {"1_writer", {.writers = 1}},
      {"8_writers", {.writers = 8}},
      {"64_writers", {.writers = 64}},
      {"64_writers_" + std::to_string(events_together) + "_events_each", {.writers = 64, .together = events_together}},
      {"64_writers_" + std::to_string(turns_at_once) + "_turns", {.writers = 64, .turns = turns_at_once}}};
  std::vector<double> alone;
  for (int round = 0; round < rounds; ++round) {
    const std::string suffix = std::to_string(round) + ".db";
    alone.push_back(one_transaction_per_event(folder / ("peer" + suffix)));
    for (Contender& contender : contenders) {
      Appended appended = append_from(contender.how, folder / (contender.name + suffix));
      contender.rates.push_back(appended.events_per_second);
      contender.commits.push_back(appended.events_per_commit);
      contender.processor.push_back(appended.processor_us);
      contender.waits.insert(contender.waits.end(), appended.waits.begin(), appended.waits.end());
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) std::filesystem::remove(entry);
  }
  const double base = median(alone);
  report("store.transaction_per_event", base, "events/s");
  for (const Contender& contender : contenders) {
    const double rate = median(contender.rates);
    report("store.durable_events." + contender.name, rate, "events/s", "one transaction per event", rate / base);
    report("store.events_per_commit." + contender.name, median(contender.commits), "events");
    report("store.processor_per_event." + contender.name, median(contender.processor), "us");
    report("store.append_wait_p50." + contender.name, median(contender.waits), "us");
    report("store.append_wait_p99." + contender.name, quantile(contender.waits, 0.99), "us");
  }
}

}  // namespace convoke::bench
