#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace convoke {

/// Where the members of a JSON document stand: the parser does not tell, and people need to know.
struct JsonLines {
  std::map<std::string, int> lines;   ///< dotted path of a member to its line, from 1
  std::vector<std::string> repeated;  ///< paths that occur twice in one object; a parser keeps only the last
};

/// Scans a document, which may have comments and trailing commas and is otherwise known to be well formed.
JsonLines json_lines(std::string_view text);

/// The line of the byte at `offset`.
int line_at(std::string_view text, std::size_t offset);

}  // namespace convoke
