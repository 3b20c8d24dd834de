#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// PostgreSQL keeps no zero byte and nothing but UTF-8 in a text; models and tools send anything. What it would refuse
/// is written as characters from U+10FF00 on, one for each byte, and read back as it was. All other text, which is
/// nearly all, stays as it is.

/// `text` as the database can keep it: itself, or what `room` is made to hold.
std::string_view to_database_text(std::string_view text, std::string& room);

/// The reverse.
std::string from_database_text(std::string_view text);

}  // namespace convoke
