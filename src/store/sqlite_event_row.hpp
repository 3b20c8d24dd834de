#pragma once
#include "store/event_columns.hpp"
#include "store/placement.hpp"
#include "store/sqlite_database.hpp"

namespace convoke {

/// The columns of chat_events in the order `read_event` and `insert_event` use. Keeps every event as it was.
inline constexpr std::string_view event_columns =
    "id, conversation_id, seq, parent, timestamp, type, request_id, role, content, tool_calls, tool_call_id, "
    "tool_name, is_error, parts, model, usage, token_count, details, branch";

/// Inserts `event` through `insert`, a statement over `event_columns` but for the id, at its place.
Result<void> insert_event(SqliteStatement& insert, const Event& event, const Placement& place);

/// The event in the current row. `internal` if somebody else changed it into something that is none.
Result<Event> read_event(const SqliteRows& row);

/// The position of the event in the current row.
Sequence seq_of(const SqliteRows& row);

}  // namespace convoke
