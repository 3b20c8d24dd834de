// How fast the PostgreSQL store is, on a server of its own with its files on the same disk (tests/postgres.sh).
#include "store/postgres/postgres_store.hpp"

#include "store_bench.hpp"

namespace convoke::bench {
namespace {

constexpr auto run_time = 2s;
constexpr int rounds = 3;

struct Rates {
  double events_per_second = 0;
  double events_per_commit = 0;
  std::vector<double> waits{};
};

/// So many writers, each with one conversation and so many turns at once.
Rates append_from(int writers, int turns, const std::string& url, const std::string& name) {
  const auto store = value_of(PostgresStore::open({.url = Secret(url)}, Log{}));
  asio::io_context loop(1);
  TaskScope scope(loop.get_executor(), Log{});
  Rates rates;
  const Stopwatch total;
  const auto writer = [&](int number) -> Task<> {
    const std::string conversation = name + "-" + std::to_string(number % writers);
    for (int i = 0; total.seconds() < std::chrono::duration<double>(run_time).count(); ++i) {
      std::vector<Event> events{an_event(conversation, i)};
      const Stopwatch wait;
      value_of(co_await store->append(std::move(events)));
      rates.waits.push_back(wait.seconds() * 1e6);
    }
  };
  const auto all = [&]() -> Task<> {
    for (int i = 0; i < writers * turns; ++i) scope.spawn("writer", writer(i));
    co_await scope.drained();
  };
  run(loop, scope.run(all()));
  rates.events_per_second = static_cast<double>(rates.waits.size()) / total.seconds();
  rates.events_per_commit = static_cast<double>(rates.waits.size()) / static_cast<double>(store->status().commits);
  return rates;
}

void report_appends(const std::string& url, const std::string& name, int writers, int turns) {
  std::vector<double> rates, commits, waits;
  for (int round = 0; round < rounds; ++round) {
    const Rates found = append_from(writers, turns, url, name + std::to_string(round));
    rates.push_back(found.events_per_second);
    commits.push_back(found.events_per_commit);
    waits.insert(waits.end(), found.waits.begin(), found.waits.end());
  }
  report("store.postgresql.durable_events." + name, median(rates), "events/s");
  report("store.postgresql.events_per_commit." + name, median(commits), "events");
  report("store.postgresql.append_wait_p50." + name, median(waits), "us");
}

}  // namespace

void measure_postgres(const std::string& url) {
  report_appends(url, "1_writer", 1, 1);
  report_appends(url, "64_writers", 64, 1);
  report_appends(url, "64_writers_16_turns", 64, 16);
  const auto store = value_of(PostgresStore::open({.url = Secret(url)}, Log{}));
  asio::io_context loop(1);
  std::vector<double> reads, searches;
  for (int i = 0; i < 500; ++i) {
    const Stopwatch read;
    value_of(run(loop, store->path("64_writers0-" + std::to_string(i % 64), 0, 50)));
    reads.push_back(read.seconds() * 1e6);
    const Stopwatch search;
    value_of(run(loop, store->search({.text = "w" + std::to_string(i)})));
    searches.push_back(search.seconds() * 1e6);
  }
  report("store.postgresql.read_context.50_events", median(reads), "us");
  report("store.postgresql.search.rare_word", median(searches), "us");
}

}  // namespace convoke::bench
