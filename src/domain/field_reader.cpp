#include "domain/field_reader.hpp"

#include <fmt/format.h>

#include "base/plain_numbers.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_shown_bytes = 60;

/// A short text as it is, anything else by its kind.
std::string shown(const json::value& value) {
  const bool is_short = value.is_string() && value.get_string().size() <= max_shown_bytes;
  if (is_short || value.is_number() || value.is_bool()) return plain_numbers(json::serialize(value));
  return std::string(kind_of(value));
}

}  // namespace

const json::value* FieldReader::find(std::string_view name) const {
  const json::value* found = object_.if_contains(json::string_view(name.data(), name.size()));
  return found && !found->is_null() ? found : nullptr;
}

std::string FieldReader::path(std::string_view name) const {
  return where_.empty() ? std::string(name) : fmt::format("{}.{}", where_, name);
}

std::unexpected<Error> FieldReader::wrong(std::string_view name, std::string_view expected) const {
  const json::value* found = object_.if_contains(json::string_view(name.data(), name.size()));
  return fail(Errc::invalid_input,
              fmt::format("{}: is {}; expected {}", path(name), found ? shown(*found) : "missing", expected));
}

Result<std::string> FieldReader::text(std::string_view name) const {
  const json::value* found = find(name);
  if (!found || !found->is_string()) return wrong(name, "a string");
  return std::string(found->get_string());
}

Result<std::string> FieldReader::optional_text(std::string_view name) const {
  return find(name) ? text(name) : Result<std::string>(std::string());
}

Result<std::int64_t> FieldReader::number(std::string_view name, std::int64_t low, std::int64_t high) const {
  const json::value* found = find(name);
  const std::int64_t* number = found ? found->if_int64() : nullptr;
  if (number && *number >= low && *number <= high) return *number;
  const bool is_bounded = high != std::numeric_limits<std::int64_t>::max();
  return wrong(name, is_bounded ? fmt::format("a whole number from {} to {}", low, high)
                                : fmt::format("a whole number from {} on", low));
}

Result<std::int64_t> FieldReader::optional_number(std::string_view name, std::int64_t otherwise, std::int64_t low,
                                                  std::int64_t high) const {
  return find(name) ? number(name, low, high) : Result<std::int64_t>(otherwise);
}

Result<bool> FieldReader::optional_flag(std::string_view name) const {
  const json::value* found = find(name);
  if (!found) return false;
  if (!found->is_bool()) return wrong(name, "true or false");
  return found->get_bool();
}

Result<const json::object*> FieldReader::optional_object(std::string_view name) const {
  const json::value* found = find(name);
  if (!found) return nullptr;
  if (!found->is_object()) return wrong(name, "an object");
  return &found->get_object();
}

Result<const json::array*> FieldReader::optional_array(std::string_view name) const {
  const json::value* found = find(name);
  if (!found) return nullptr;
  if (!found->is_array()) return wrong(name, "an array");
  return &found->get_array();
}

}  // namespace convoke
