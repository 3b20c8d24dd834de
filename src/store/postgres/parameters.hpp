#pragma once
#include <deque>
#include <string>
#include <vector>

#include "store/postgres/connection.hpp"

namespace convoke {

/// Parameters in PostgreSQL's binary form, laid out as libpq takes them.
class PostgresParameters {
 public:
  explicit PostgresParameters(std::initializer_list<PostgresValue> values);

  int size() const { return static_cast<int>(types.size()); }

  std::vector<unsigned> types;  ///< object ids
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;

 private:
  void add(unsigned type, std::string_view bytes);
  void add_made(unsigned type, std::string bytes);

  std::deque<std::string> made_;
};

/// Milliseconds since 1970 of a timestamp in binary form, and back.
std::int64_t to_postgres_time(WallTime time);
WallTime from_postgres_time(std::int64_t microseconds);

/// The number in its eight bytes, most significant first.
std::int64_t number_in(const char* bytes);

}  // namespace convoke
