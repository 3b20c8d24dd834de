#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke::mcp::schema {

/// A regular expression as `pattern` means it: ECMA-262 in Unicode mode, matching anywhere in the text. PCRE2 does the
/// work, since it knows what real schemas use (look-ahead, for one) and can be bounded: a match that takes too long is
/// an error, not a hang. Usable from any thread.
class Pattern {
 public:
  /// `invalid_input` for a text that is none.
  static Result<Pattern> compile(std::string_view expression);

  /// `exhausted` when it takes too long, or the text is over a mebibyte.
  Result<bool> found_in(std::string_view text) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace convoke::mcp::schema
