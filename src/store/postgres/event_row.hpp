#pragma once
#include "store/placement.hpp"
#include "store/postgres/connection.hpp"

namespace convoke {

/// The columns of chat_events in the order `read_event` and `insert_event` use. Keeps every event as it was.
inline constexpr std::string_view postgres_event_columns =
    "id, conversation_id, seq, parent, branch, timestamp, type, request_id, role, content, tool_calls, tool_call_id, "
    "tool_name, is_error, parts, model, usage, token_count, details";

/// Queues the insertion of `event` at its place. `words`: what a search finds, as `search_vector` makes it.
void insert_event(PostgresConnection& connection, const Event& event, std::int64_t id, const Placement& place,
                  const std::optional<std::string>& words);

/// The event in a row. `internal` if somebody else changed it into something that is none.
Result<Event> read_event(const PostgresRows& rows, int row);
Result<std::vector<Event>> read_events(const PostgresRows& rows);

}  // namespace convoke
