#include "cli/search_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/person.hpp"

namespace convoke {

std::string search_lines(const json::value& data, bool is_terminal) {
  std::string lines;
  const json::array* hits = find_array(data, "hits");
  for (const json::value& hit : hits ? *hits : json::array{}) {
    lines += fmt::format("{}  {}  {}\n    ", string_or_empty(hit, "conversation_id"),
                         string_or_empty(hit, "timestamp").substr(0, 16), harmless(string_or_empty(hit, "title")));
    const json::array* snippet = find_array(hit, "snippet");
    for (const json::value& part : snippet ? *snippet : json::array{}) {
      std::string piece = harmless(string_or_empty(part, "text"));
      std::ranges::replace(piece, '\n', ' ');
      const bool stands_out = is_terminal && find_bool(part, "match").value_or(false);
      lines += stands_out ? "\033[1m" + piece + "\033[0m" : piece;
    }
    lines += '\n';
  }
  return lines.empty() ? "Nothing was found.\n" : lines;
}

}  // namespace convoke
