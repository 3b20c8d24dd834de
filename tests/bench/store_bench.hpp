#pragma once
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "base/run.hpp"
#include "base/task_scope.hpp"
#include "bench.hpp"
#include "store/sqlite_store.hpp"

struct sqlite3;

namespace convoke::bench {

/// What the store keeps in the benchmarks: the `i`th event of a conversation of short turns (question, answer, end). A
/// row takes about 600 bytes.
Event an_event(std::string conversation, int i);

std::unique_ptr<SqliteStore> open_store(const std::filesystem::path& file);
void execute(sqlite3* database, const std::string& sql);

/// The value, or an exception that ends the benchmark.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void measure_disk(const std::filesystem::path& folder);
void measure_appends(const std::filesystem::path& folder);
/// Reading, searching and trimming a conversation of so many events.
void measure_large_conversation(const std::filesystem::path& folder, int events);
void measure_opening(const std::filesystem::path& folder, int events);
/// The PostgreSQL store, in an empty database.
void measure_postgres(const std::string& url);

}  // namespace convoke::bench
