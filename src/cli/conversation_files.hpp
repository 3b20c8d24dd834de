#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/server_link.hpp"

namespace convoke {

/// The ids of all conversations, those put away too.
Task<Result<std::vector<std::string>>> all_conversations(ServerLink& server);

/// Writes a conversation to `out`. `format`: "jsonl" or "openai". Returns how many events it has.
Task<Result<std::int64_t>> export_to(ServerLink& server, std::string conversation_id, std::string format,
                                     std::ostream& out);
/// The same for a file, which is there when it is whole, or not at all.
Task<Result<std::int64_t>> export_to_file(ServerLink& server, std::vector<std::string> conversation_ids,
                                          std::string format, std::string path);

/// What became of a file.
struct ImportedFile {
  static constexpr int most_refused_told = 5;
  std::vector<std::string> lines;  ///< for people, one for each conversation, but not for all that were refused
  int imported = 0;
  int refused = 0;  ///< they are there already
};

/// Sends a file of conversations, without holding more of it than a piece. An error names the line; `sent.lines` tells
/// of the conversations before it.
Task<Result<void>> import_from(ServerLink& server, std::istream& file, bool copy, ImportedFile& sent);

}  // namespace convoke
