// What does not become slower with the length of history: reading, searching, trimming, opening.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <ranges>

#include "store_bench.hpp"

namespace convoke::bench {
namespace {

constexpr int events_per_read = 50;  // about 4,000 tokens
constexpr int reads = 1000;
constexpr int searches = 30;
constexpr int trimmed_at_most = 200'000;

void fill(SqliteStore& store, const std::string& conversation, int count) {
  asio::io_context loop(1);
  for (int done = 0; done < count;) {
    std::vector<Event> events;
    for (; done < count && events.size() < 500; ++done) events.push_back(an_event(conversation, done));
    value_of(run(loop, store.append(std::move(events))));
  }
}

/// Median microseconds to read the end of a conversation of so many events; from the file, or as the store remembers
/// it.
double read_context(SqliteStore& store, const std::string& conversation, Sequence leaf) {
  asio::io_context loop(1);
  std::vector<double> samples;
  const auto read = [&]() -> Task<> {
    for (int i = 0; i < reads; ++i) {
      const Stopwatch watch;
      const auto events = value_of(co_await store.path(conversation, leaf, events_per_read));
      if (std::ssize(events) != events_per_read) throw std::runtime_error("events are missing");
      samples.push_back(watch.seconds() * 1e6);
    }
  };
  run(loop, read());
  return median(samples);
}

void measure_reads(SqliteStore& store, const std::vector<std::pair<std::string, int>>& conversations) {
  double from_file = 0;
  for (const auto& [name, count] : conversations) {
    const std::string size = std::to_string(count) + "_events";
    const double took = read_context(store, name, count);
    if (from_file == 0) {
      from_file = took;
      report("store.read_context." + size, took, "us");
    } else {
      report("store.read_context." + size, took, "us", std::to_string(events_per_read) + " events", from_file / took);
    }
    report("store.read_context_again." + size, read_context(store, name, 0), "us");
  }
}

/// Seconds in which the index catches up with all that was appended.
double index_all(SqliteStore& store) {
  asio::io_context loop(1);
  const Stopwatch watch;
  Event last = an_event("last", 0);
  last.message = user_message("zyzzyva");
  value_of(run(loop, store.append({last})));
  while (value_of(run(loop, store.search({.text = "zyzzyva"}))).empty()) run(loop, sleep_for(50ms));
  return watch.seconds();
}

void measure_search(SqliteStore& store, int events) {
  asio::io_context loop(1);
  const std::string size = std::to_string(events);
  report("store.index_backlog." + size + "_events", index_all(store), "s");
  const std::vector<std::pair<std::string, std::string>> queries = {
      {"rare_word", "zyzzyva"},          {"word_in_every_message", "words"},
      {"two_words", "chat message"},     {"rare_and_frequent_word", "w4711 message"},
      {"phrase", "\"ordinary length\""}, {"beginning_of_1", "m*"},
      {"beginning_of_2", "me*"},         {"beginning_of_4", "mess*"},
      {"beginning_of_6", "messag*"}};
  for (const auto& [name, text] : queries) {
    std::vector<double> samples;
    for (int i = 0; i < searches; ++i) {
      const Stopwatch watch;
      value_of(run(loop, store.search({.text = text})));
      samples.push_back(watch.seconds() * 1e3);
    }
    report("store.search." + name + "." + size + "_events", median(samples), "ms");
  }
}

/// How long somebody waits who appends an event, reads, appends, and so on.
struct Waits {
  std::vector<double> appends{}, reads{};
};

void report_waits(const std::string& when, const Waits& waits, const Waits& alone) {
  const auto against = [](const std::vector<double>& samples, const std::vector<double>& peer, double share) {
    return quantile(peer, share) / quantile(samples, share);
  };
  for (const auto& [name, share] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}}) {
    report(std::string("store.append_") + name + when, quantile(waits.appends, share), "ms", "alone",
           against(waits.appends, alone.appends, share));
    report(std::string("store.read_") + name + when, quantile(waits.reads, share), "ms", "alone",
           against(waits.reads, alone.reads, share));
  }
}

/// True until nothing is left of what was deleted in the index either, which happens in the background.
bool is_being_purged(sqlite3* database) {
  bool holds_removed = false;
  const auto take = [](void* out, int, char** values, char**) {
    *static_cast<bool*>(out) = std::string_view(values[0]) != "0";
    return 0;
  };
  sqlite3_exec(database, "SELECT holds_removed FROM search_progress", take, &holds_removed, nullptr);
  return holds_removed;
}

/// How long others wait for their events and for what they read: alone, while the large conversation is trimmed, and
/// while the search index is rewritten without its words.
void measure_retention(SqliteStore& store, const std::filesystem::path& file, int events) {
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  Waits alone, beside, after;
  bool trimming = true;
  std::int64_t deleted = 0;
  double trimmed_in = 0;
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  const auto trim = [&]() -> Task<> {
    const Stopwatch watch;
    deleted = value_of(co_await store.trim("large", std::min(events / 10 * 9, trimmed_at_most)));
    trimmed_in = watch.seconds();
    trimming = false;
  };
  const auto use = [&](Waits& waits, auto goes_on) -> Task<> {
    for (int i = 0; goes_on(i); ++i) {
      const Stopwatch wait;
      value_of(co_await store.append({an_event("others", i)}));
      waits.appends.push_back(wait.seconds() * 1e3);
      const Stopwatch read_wait;
      value_of(co_await store.path("ten_thousand", 10'000, events_per_read));
      waits.reads.push_back(read_wait.seconds() * 1e3);
    }
  };
  const auto all = [&]() -> Task<> {
    co_await use(alone, [](int i) { return i < 3000; });
    scope.spawn("trimming", trim());
    co_await use(beside, [&](int) { return trimming; });
    const Stopwatch watch;
    co_await use(after, [&](int i) { return watch.seconds() < 60 && (i % 100 != 0 || is_being_purged(database)); });
    report("store.retention_purge", watch.seconds(), "s");
    co_await scope.drained();
  };
  run(loop, scope.run(all()));
  sqlite3_close(database);
  report_waits("_alone", alone, alone);
  report_waits("_beside_retention", beside, alone);
  report_waits("_beside_purge", after, alone);
  report("store.retention", static_cast<double>(deleted) / trimmed_in, "events/s");
}

/// Rows as the store writes them, short, by one statement; their words are not indexed.
void write_many(const std::filesystem::path& file, int events) {
  open_store(file);
  sqlite3* database = nullptr;
  sqlite3_open(file.c_str(), &database);
  const std::string count = std::to_string(events);
  execute(database, "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA wal_autocheckpoint = 50000; BEGIN");
  execute(
      database,
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " + count +
          ") INSERT INTO chat_events (id, conversation_id, seq, parent, timestamp, type, request_id, role, content, "
          "token_count) SELECT i + 1, 'c' || (i / 1000), i % 1000 + 1, i % 1000, '2026-11-23T18:04:48.123Z', "
          "iif(i % 2, 'turn_completed', 'user_message'), 'r' || (i / 2), iif(i % 2, NULL, 'user'), "
          "iif(i % 2, NULL, 'a short message'), 4 FROM n");
  execute(database,
          "INSERT INTO conversations (conversation_id, title, created, updated, events, last_seq, last_event) SELECT "
          "conversation_id, 'a title', min(timestamp), max(timestamp), count(*), max(seq), max(id) FROM chat_events "
          "GROUP BY conversation_id ORDER BY max(id)");
  execute(database,
          "INSERT INTO turns SELECT id, conversation_id, request_id, seq, seq + 1 FROM chat_events WHERE id % 2 = 1");
  execute(database, "UPDATE search_progress SET last_event = " + count + "; COMMIT");
  sqlite3_close(database);
}

/// As after a start of the machine: what the file holds must be read from the disk.
void forget(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  fsync(descriptor);
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  close(descriptor);
}

}  // namespace

void measure_large_conversation(const std::filesystem::path& folder, int large) {
  const std::vector<std::pair<std::string, int>> conversations = {
      {"fifty", events_per_read}, {"ten_thousand", 10'000}, {"large", large}};
  const auto store = open_store(folder / "large.db");
  for (const auto& [name, count] : conversations) fill(*store, name, count);
  measure_reads(*store, conversations);
  measure_search(*store, large);
  measure_retention(*store, folder / "large.db", large);
}

void measure_opening(const std::filesystem::path& folder, int events) {
  const std::filesystem::path file = folder / "open.db";
  write_many(file, events);
  const std::string size = std::to_string(events) + "_events";
  report("store.file_to_open." + size, static_cast<double>(std::filesystem::file_size(file)) / 1e6, "MB");
  std::vector<double> opened, first_read;
  for (int round = 0; round < 5; ++round) {
    forget(file);
    asio::io_context loop(1);
    const Stopwatch watch;
    const auto store = open_store(file);
    opened.push_back(watch.seconds() * 1e3);
    value_of(run(loop, store->path("c5", 0, events_per_read)));
    first_read.push_back(watch.seconds() * 1e3);
  }
  report("store.open." + size, median(opened), "ms");
  report("store.open_and_read." + size, median(first_read), "ms");
}

}  // namespace convoke::bench
