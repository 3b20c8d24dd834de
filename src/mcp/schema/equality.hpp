#pragma once
#include <compare>
#include <cstdint>

#include "base/json.hpp"

/// JSON values as a schema compares them: 1 and 1.0 are the same number, members have no order.
namespace convoke::mcp::schema {

bool same(const json::value& a, const json::value& b);
/// Equal for values that are the same.
std::size_t hash_of(const json::value& value);

/// Both are numbers.
std::partial_ordering compare(const json::value& a, const json::value& b);
/// A number without a fraction, however it is written.
bool is_whole(const json::value& number);
/// Whether `number` is a multiple of `divisor`, in decimal: 0.0075 is one of 0.0001. A divisor of zero has none.
bool is_multiple(const json::value& number, const json::value& divisor);

}  // namespace convoke::mcp::schema
