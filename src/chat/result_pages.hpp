#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "domain/message.hpp"

namespace convoke {

/// Page `number`, counted from 1, of a text that is cut into pages of at most `page_bytes`, which is 64 or more. A page
/// ends after a line where one ends in its second half, else between two characters. Empty past the end. Pure.
std::string_view page_of(std::string_view text, std::size_t number, std::size_t page_bytes);

/// How many pages that makes; 1 for an empty text.
std::size_t count_pages(std::string_view text, std::size_t page_bytes);

/// A tool's result as a prompt shows it: its first page with a note how to read on, if it has more than one.
/// `result_id` is what the tool `read_result` knows it by; empty: it cannot be read on.
ToolResult shown_result(ToolResult result, std::string_view result_id, std::size_t page_bytes);

/// A result as it is when a prompt has no room for it: a few words of it, no pictures, and the same note.
ToolResult shrunk_result(ToolResult result, std::string_view result_id);

}  // namespace convoke
