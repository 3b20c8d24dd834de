#pragma once
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "base/json.hpp"

namespace convoke {

/// The person at the terminal: reads one line after showing a prompt; nothing at the end of input.
using ReadLine = std::function<std::optional<std::string>(const std::string& prompt)>;

/// Puts a question of the server (`input` of an `input_required` frame) to the person and returns the payload that
/// answers it, without `input_id`. The end of input declines. `out` gets what is to be read.
json::object ask_person(const json::object& input, const ReadLine& read_line, std::ostream& out);

/// What a person may be shown of text that others wrote: control characters, which could move the cursor or hide what
/// was there, become '?'; line breaks and tabs stay. Pure.
std::string harmless(std::string_view text);

}  // namespace convoke
