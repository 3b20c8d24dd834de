#pragma once
#include <string>
#include <variant>
#include <vector>

#include "domain/event.hpp"

namespace convoke {

// The file of exported conversations (docs/conversation-files.md): JSON Lines. Each conversation is a header, its
// events with those of all branches, oldest first, and an end. Pure.

inline constexpr int conversation_file_version = 1;

/// The end of a conversation: what it is checked by.
struct FileEnd {
  Sequence active = 0;  ///< the newest event of the active branch; 0: there are no events
  std::int64_t events = 0;
  bool operator==(const FileEnd&) const = default;
};

/// A line is a header, an event or an end. What belongs to the place where a conversation is kept is not in it: the
/// number of an event in the database, the names of branches.
using FileLine = std::variant<ConversationSummary, Event, FileEnd>;

/// With its line break.
std::string to_line(const ConversationSummary& header);
std::string to_line(const Event& event);
std::string to_line(const FileEnd& end);

/// `invalid_input` says which member is wrong and what was expected.
Result<FileLine> read_line(std::string_view line);

/// Whether a line is meant to be one of these, well-formed or not.
bool looks_like_line(std::string_view line);

/// Which position an event of a file gets in its new conversation, where positions begin with 1 and have no gaps.
class NewPositions {
 public:
  /// The next event has the position `old`, which must be greater than those before it. Returns its new one.
  Sequence add(Sequence old);
  /// The new position of `old`; nothing if no such event was added.
  std::optional<Sequence> find(Sequence old) const;
  /// The new position of the last event at or before `old`; 0 if there is none.
  Sequence at_or_before(Sequence old) const;
  Sequence first_old() const { return runs_.empty() ? 0 : runs_.front().old; }
  Sequence last_old() const { return runs_.empty() ? 0 : runs_.back().old + runs_.back().length - 1; }
  Sequence count() const { return runs_.empty() ? 0 : runs_.back().now + runs_.back().length - 1; }

 private:
  /// Events whose positions follow each other: most files are one run.
  struct Run {
    Sequence old, now, length;
  };
  const Run* run_at_or_before(Sequence old) const;
  std::vector<Run> runs_;
};

}  // namespace convoke
