#pragma once
#include <functional>
#include <string>

#include "domain/frames.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// Gets the next piece of a file, at most 64 KB and cut between two characters; returns when there is room for more.
using TakePiece = std::function<Task<>(std::string piece)>;

/// Writes a conversation as it is now, without holding more of it in memory than a page of events. Returns how many
/// events went into it. `not_found` if there is no such conversation; after another error the file is not whole.
Task<Result<std::int64_t>> export_conversation(ConversationStore& store, std::string conversation_id,
                                               ExportFormat format, TakePiece take);

}  // namespace convoke
