// How fast the SQLite store keeps events for good, reads a conversation's end, and opens: held against plain SQLite
// with a transaction per event, on the same disk in the same run.
//
//     store_bench [folder] [events of the large conversation]
#include <sqlite3.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <ranges>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "bench.hpp"
#include "store/sqlite_store.hpp"

namespace convoke::bench {
namespace {

namespace fs = std::filesystem;

constexpr auto run_time = 2s;
constexpr int turns_at_once = 16;  // of a writer that is a busy server, not a person
constexpr int rounds = 3;
constexpr int events_per_read = 50;  // about 4,000 tokens

std::unique_ptr<SqliteStore> open_store(const fs::path& file) {
  return SqliteStore::open({.path = file}, Log{}).value();
}

/// The `i`th event of a conversation of short turns: question, answer, end. A row takes about 600 bytes.
Event an_event(std::string conversation, int i) {
  static const std::string words = [] {
    std::string text;
    while (text.size() < 560) text += "words of a chat message of ordinary length ";
    return text;
  }();
  Event event{.conversation_id = std::move(conversation),
              .timestamp = SystemClock().wall(),
              .request_id = "req_" + std::to_string(i / 3)};
  if (i % 3 == 0) {
    event.message = user_message(words);
  } else if (i % 3 == 1) {
    event.type = EventType::assistant_message;
    event.message = assistant_message(words);
    event.model = "a-model-of-some-vendor";
    event.usage = Usage{.input_tokens = 4000, .output_tokens = 140, .total_tokens = 4140};
  } else {
    event.type = EventType::turn_completed;
    event.details = {{"finish_reason", "stop"}, {"note", words}};
  }
  return event;
}

struct Appended {
  double events_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

/// So many writers, each with so many turns at once: a turn waits for its event before it appends the next.
Appended append_from(int writers, const fs::path& file, int turns = 1) {
  const auto store = open_store(file);
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  std::vector<double> waits;
  const Stopwatch total;
  const auto writer = [&](int number) -> Task<> {
    const std::string conversation = "conversation-" + std::to_string(number % writers);
    for (int i = 0; total.seconds() < std::chrono::duration<double>(run_time).count(); ++i) {
      const Stopwatch wait;
      const auto stored = co_await store->append({an_event(conversation, i)});
      if (!stored) throw std::runtime_error(stored.error().message);
      waits.push_back(wait.seconds() * 1e6);
    }
  };
  const auto all = [&]() -> Task<> {
    for (int i = 0; i < writers * turns; ++i) scope.spawn("writer", writer(i));
    co_await scope.drained();
  };
  run(loop, scope.run(all()));
  return {static_cast<double>(waits.size()) / total.seconds(), quantile(waits, 0.5), quantile(waits, 0.99)};
}

void execute(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
}

/// The same rows with one durable transaction each, and nothing beside the log: what the store is held against.
double one_transaction_per_event(const fs::path& file) {
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

void measure_appends(const fs::path& folder) {
  std::vector<double> alone, at_1, at_8, at_64, busy, p50, p99;
  for (int round = 0; round < rounds; ++round) {
    const std::string suffix = std::to_string(round) + ".db";
    alone.push_back(one_transaction_per_event(folder / ("peer" + suffix)));
    at_1.push_back(append_from(1, folder / ("one" + suffix)).events_per_second);
    at_8.push_back(append_from(8, folder / ("eight" + suffix)).events_per_second);
    const Appended many = append_from(64, folder / ("many" + suffix));
    at_64.push_back(many.events_per_second);
    busy.push_back(append_from(64, folder / ("busy" + suffix), turns_at_once).events_per_second);
    p50.push_back(many.p50_us);
    p99.push_back(many.p99_us);
  }
  const std::string peer = "one transaction per event";
  const double base = median(alone);
  report("store.transaction_per_event", base, "events/s");
  report("store.durable_events.1_writer", median(at_1), "events/s", peer, median(at_1) / base);
  report("store.durable_events.8_writers", median(at_8), "events/s", peer, median(at_8) / base);
  report("store.durable_events.64_writers", median(at_64), "events/s", peer, median(at_64) / base);
  report("store.durable_events.64_writers_" + std::to_string(turns_at_once) + "_turns", median(busy), "events/s", peer,
         median(busy) / base);
  report("store.append_wait_p50.64_writers", median(p50), "us");
  report("store.append_wait_p99.64_writers", median(p99), "us");
}

void fill(SqliteStore& store, const std::string& conversation, int count) {
  asio::io_context loop(1);
  for (int done = 0; done < count;) {
    std::vector<Event> events;
    for (; done < count && events.size() < 500; ++done) events.push_back(an_event(conversation, done));
    if (const auto stored = run(loop, store.append(std::move(events))); !stored) {
      throw std::runtime_error(stored.error().message);
    }
  }
}

/// Median microseconds to read the end of a conversation of so many events.
double read_context(SqliteStore& store, const std::string& conversation) {
  asio::io_context loop(1);
  std::vector<double> samples;
  const auto read = [&]() -> Task<> {
    for (int i = 0; i < 2000; ++i) {
      const Stopwatch watch;
      const auto events = co_await store.path(conversation, 0, events_per_read);
      if (!events) throw std::runtime_error(events.error().message);
      samples.push_back(watch.seconds() * 1e6);
    }
  };
  run(loop, read());
  return median(samples);
}

/// Milliseconds in which the index catches up with all that was appended.
double index_all(SqliteStore& store) {
  asio::io_context loop(1);
  const Stopwatch watch;
  Event last = an_event("last", 0);
  last.message = user_message("zyzzyva");
  run(loop, store.append({last})).value();
  while (run(loop, store.search({.text = "zyzzyva"})).value().empty()) run(loop, sleep_for(10ms));
  return watch.seconds() * 1e3;
}

void measure_search(SqliteStore& store, int events) {
  asio::io_context loop(1);
  const std::string size = std::to_string(events);
  report("store.index_backlog." + size + "_events", index_all(store), "ms");
  const std::vector<std::pair<std::string, std::string>> queries = {{"rare_word", "zyzzyva"},
                                                                    {"word_in_every_message", "words"},
                                                                    {"two_words", "chat message"},
                                                                    {"phrase", "\"ordinary length\""},
                                                                    {"beginning", "mess*"}};
  for (const auto& [name, text] : queries) {
    std::vector<double> samples;
    for (int i = 0; i < 50; ++i) {
      const Stopwatch watch;
      if (!run(loop, store.search({.text = text}))) throw std::runtime_error("a search failed");
      samples.push_back(watch.seconds() * 1e3);
    }
    report("store.search." + name + "." + size + "_events", median(samples), "ms");
  }
}

/// How long others wait for their events while the large conversation is trimmed in the background.
void measure_retention(SqliteStore& store, const std::string& conversation, int events) {
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  std::vector<double> alone, beside;
  bool trimming = true;
  std::int64_t deleted = 0;
  const Stopwatch watch;
  const auto trim = [&]() -> Task<> {
    deleted = (co_await store.trim(conversation, events / 10)).value();
    trimming = false;
  };
  const auto append_while = [&](std::vector<double>& waits, int count) -> Task<> {
    for (int i = 0; i < count && (trimming || &waits == &alone); ++i) {
      const Stopwatch wait;
      (co_await store.append({an_event("others", i)})).value();
      waits.push_back(wait.seconds() * 1e3);
    }
  };
  const auto both = [&]() -> Task<> {
    co_await append_while(alone, 1000);
    scope.spawn("trimming", trim());
    co_await append_while(beside, 1'000'000);
    co_await scope.drained();
  };
  run(loop, scope.run(both()));
  report("store.append_p99_alone", quantile(alone, 0.99), "ms");
  report("store.append_p99_beside_retention", quantile(beside, 0.99), "ms", "alone",
         quantile(alone, 0.99) / quantile(beside, 0.99));
  report("store.retention", static_cast<double>(deleted) / watch.seconds(), "events/s");
}

void measure_reads(const fs::path& folder, int large) {
  const fs::path file = folder / "reads.db";
  const std::vector<std::pair<std::string, int>> conversations = {
      {"fifty", events_per_read}, {"ten_thousand", 10'000}, {"large", large}};
  {
    const auto store = open_store(file);
    for (const auto& [name, count] : conversations) fill(*store, name, count);
    const double smallest = read_context(*store, "fifty");
    report("store.read_context.50_events", smallest, "us");
    for (const auto& [name, count] : conversations | std::views::drop(1)) {
      const double took = read_context(*store, name);
      report("store.read_context." + std::to_string(count) + "_events", took, "us", "50 events", smallest / took);
    }
    measure_search(*store, large);
    measure_retention(*store, "large", large);
  }
  const Stopwatch watch;
  const auto store = open_store(file);
  report("store.open." + std::to_string(large) + "_events", watch.seconds() * 1e3, "ms");
}

int measure(const fs::path& folder, int large) {
  fs::create_directories(folder);
  measure_appends(folder);
  measure_reads(folder, large);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace convoke::bench

int main(int argc, char** argv) {
  const std::filesystem::path base = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  const int large = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
  try {
    return convoke::bench::measure(base / ("store-bench-" + std::to_string(getpid())), large);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "store_bench: %s\n", problem.what());
    return 1;
  }
}
