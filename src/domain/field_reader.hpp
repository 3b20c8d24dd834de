#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace convoke {

/// Reads the members of one JSON object that somebody else has written, strictly. An error is `invalid_input` and says
/// which member is wrong, what it is, and what was expected: "parts[2].text: is null; expected a string".
class FieldReader {
 public:
  /// `object` must outlive the reader. `where` leads to it: "" or "parts[2]".
  explicit FieldReader(const json::object& object, std::string where = {})
      : object_(object), where_(std::move(where)) {}

  Result<std::string> text(std::string_view name) const;
  /// Empty where it is missing or null.
  Result<std::string> optional_text(std::string_view name) const;
  Result<std::int64_t> number(std::string_view name, std::int64_t low, std::int64_t high) const;
  /// `otherwise` where it is missing or null.
  Result<std::int64_t> optional_number(std::string_view name, std::int64_t otherwise, std::int64_t low,
                                       std::int64_t high) const;
  /// False where it is missing or null.
  Result<bool> optional_flag(std::string_view name) const;
  /// Null where it is missing or null.
  Result<const json::object*> optional_object(std::string_view name) const;
  Result<const json::array*> optional_array(std::string_view name) const;

  /// Null where it is missing or null.
  const json::value* find(std::string_view name) const;
  /// "parts[2].NAME".
  std::string path(std::string_view name) const;
  /// The error about a member: what it is, and what was `expected`.
  std::unexpected<Error> wrong(std::string_view name, std::string_view expected) const;

 private:
  const json::object& object_;
  std::string where_;
};

}  // namespace convoke
