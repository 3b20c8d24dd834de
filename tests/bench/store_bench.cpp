// How fast the SQLite store keeps events for good, reads, searches, trims and opens: held against plain SQLite with a
// transaction per event, on the same disk in the same run.
//
//     store_bench [folder] [events of the large conversation] [events of the file to open] [URL of a PostgreSQL
//     database]
//
// CONVOKE_STORE_BENCH=large measures that part alone; also appends, open and postgres.
#include "store_bench.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <random>

namespace convoke::bench {
namespace {

/// Of a vocabulary of 50,000, the same for the same number.
std::string rare_words(int number, int count) {
  std::minstd_rand chance(static_cast<unsigned>(number) + 1);
  std::string words;
  for (int i = 0; i < count; ++i) words += "w" + std::to_string(chance() % 50'000) + " ";
  return words;
}

/// The words of the `i`th message; made beforehand, for they are not what is measured.
const std::string& words_of(int i) {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> made(4096);
    for (std::size_t k = 0; k < made.size(); ++k) {
      made[k] = rare_words(static_cast<int>(k), 15);
      while (made[k].size() < 560) made[k] += "words of a chat message of ordinary length ";
    }
    return made;
  }();
  return texts[static_cast<std::size_t>(i) % texts.size()];
}

}  // namespace

Event an_event(std::string conversation, int i) {
  Event event{.conversation_id = std::move(conversation),
              .timestamp = SystemClock().wall(),
              .request_id = "req_" + std::to_string(i / 3)};
  if (i % 3 == 0) {
    event.message = user_message(words_of(i));
  } else if (i % 3 == 1) {
    event.type = EventType::assistant_message;
    event.message = assistant_message(words_of(i));
    event.model = "a-model-of-some-vendor";
    event.usage = Usage{.input_tokens = 4000, .output_tokens = 140, .total_tokens = 4140};
  } else {
    event.type = EventType::turn_completed;
    event.details = {{"finish_reason", "stop"}, {"note", words_of(i)}};
  }
  return event;
}

std::unique_ptr<SqliteStore> open_store(const std::filesystem::path& file) {
  return value_of(SqliteStore::open({.path = file}, Log{}));
}

void execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(database));
  }
}

}  // namespace convoke::bench

int main(int argc, char** argv) {
  using namespace convoke::bench;
  const std::filesystem::path base = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
  const std::filesystem::path folder = base / ("store-bench-" + std::to_string(getpid()));
  const int large = argc > 2 ? std::atoi(argv[2]) : 1'000'000;
  const int to_open = argc > 3 ? std::atoi(argv[3]) : 10'000'000;
  std::filesystem::create_directories(folder);
  int exit_code = 0;
  try {
    const char* part = std::getenv("CONVOKE_STORE_BENCH");
    const auto is_asked_for = [&](std::string_view name) { return !part || name == part; };
    if (is_asked_for("appends")) measure_disk(folder);
    if (is_asked_for("appends")) measure_appends(folder);
    if (is_asked_for("large") && large > 0) measure_large_conversation(folder, large);
    if (is_asked_for("open") && to_open > 0) measure_opening(folder, to_open);
    if (is_asked_for("postgres") && argc > 4) measure_postgres(argv[4]);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "store_bench: %s\n", problem.what());
    exit_code = 1;
  }
  std::filesystem::remove_all(folder);
  return exit_code;
}
