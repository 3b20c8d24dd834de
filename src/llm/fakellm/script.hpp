#pragma once
#include <deque>
#include <optional>
#include <string_view>

#include "llm/fakellm/schedule.hpp"

namespace convoke::fakellm {

/// What to answer to requests in general: `answers` in their order, each once, and then `otherwise`, if there is one;
/// and when that goes wrong.
struct Script {
  std::deque<Answer> answers{};
  std::optional<Answer> otherwise{};
  Schedule schedule{};
};

/// Reads a script as docs/fakellm.md describes it. `invalid_input` says what is wrong.
Result<Script> read_script(std::string_view json_text, const Pace& pace);

}  // namespace convoke::fakellm
