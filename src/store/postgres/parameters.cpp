#include "store/postgres/parameters.hpp"

#include "store/postgres/database_text.hpp"

namespace convoke {
namespace {

// From PostgreSQL's catalog/pg_type.dat; they never change.
constexpr unsigned bool_type = 16, bigint_type = 20, text_type = 25, bigint_array = 1016, text_array = 1009,
                   timestamptz_type = 1184;

// PostgreSQL counts from the year 2000.
constexpr WallTime epoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

void put(std::string& out, std::uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i));
}

std::string in_bytes(std::int64_t number) {
  std::string out;
  put(out, static_cast<std::uint64_t>(number), 8);
  return out;
}

/// The head of an array of one dimension: https://www.postgresql.org/docs/15/arrays.html, array_recv in arrayfuncs.c.
std::string array_head(unsigned element_type, std::size_t size) {
  std::string out;
  put(out, 1, 4);  // dimensions
  put(out, 0, 4);  // no nulls
  put(out, element_type, 4);
  put(out, size, 4);
  put(out, 1, 4);  // the first index
  return out;
}

std::string array_of(std::span<const std::string> texts) {
  std::string out = array_head(text_type, texts.size());
  std::string room;
  for (const std::string& text : texts) {
    const std::string_view kept = to_database_text(text, room);
    put(out, kept.size(), 4);
    out += kept;
  }
  return out;
}

std::string array_of(std::span<const std::int64_t> numbers) {
  std::string out = array_head(bigint_type, numbers.size());
  for (const std::int64_t number : numbers) {
    put(out, 8, 4);
    put(out, static_cast<std::uint64_t>(number), 8);
  }
  return out;
}

}  // namespace

PostgresParameters::PostgresParameters(std::initializer_list<PostgresValue> given) {
  for (const PostgresValue& value : given) {
    std::visit(Overloaded{
                   [&](std::nullptr_t) {
                     types.push_back(0);  // whatever the statement takes
                     values.push_back(nullptr);
                     lengths.push_back(0);
                     formats.push_back(1);
                   },
                   [&](std::int64_t number) { add_made(bigint_type, in_bytes(number)); },
                   [&](bool flag) { add_made(bool_type, std::string(1, flag ? '\1' : '\0')); },
                   [&](std::string_view text) {
                     std::string room;
                     const std::string_view kept = to_database_text(text, room);
                     if (kept.data() == room.data() && !kept.empty()) return add_made(text_type, std::move(room));
                     add(text_type, kept);
                   },
                   [&](WallTime time) { add_made(timestamptz_type, in_bytes(to_postgres_time(time))); },
                   [&](std::span<const std::string> texts) { add_made(text_array, array_of(texts)); },
                   [&](std::span<const std::int64_t> numbers) { add_made(bigint_array, array_of(numbers)); },
               },
               value);
  }
}

void PostgresParameters::add(unsigned type, std::string_view bytes) {
  types.push_back(type);
  values.push_back(bytes.data() ? bytes.data() : "");  // a null pointer would be null
  lengths.push_back(static_cast<int>(bytes.size()));
  formats.push_back(1);
}

void PostgresParameters::add_made(unsigned type, std::string bytes) { add(type, made_.emplace_back(std::move(bytes))); }

std::int64_t to_postgres_time(WallTime time) { return std::chrono::microseconds(time - epoch).count(); }

WallTime from_postgres_time(std::int64_t microseconds) {
  return epoch + std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(microseconds));
}

std::int64_t number_in(const char* bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(number);
}

}  // namespace convoke
