#pragma once
#include <functional>

#include "chat/approval_memory.hpp"
#include "chat/conversations.hpp"
#include "chat/memory.hpp"
#include "domain/frames.hpp"
#include "hub/materials.hpp"

namespace convoke {

/// What queries are answered from. All of it outlives them.
struct QueryServices {
  Conversations& conversations;
  Memory& memory;
  ApprovalMemory& approvals;
  Hub& hub;
  /// The data of the `status` action.
  std::function<json::object()> status;
};

// What a client asks that is answered at once, with the `data` of one frame, whoever asks. Callable from any loop;
// `services` must outlive the call.
Task<Result<json::object>> answer_query(const QueryServices& services, ListConversations list);
Task<Result<json::object>> answer_query(const QueryServices& services, GetConversation get);
Task<Result<json::object>> answer_query(const QueryServices& services, ForkConversation fork);
Task<Result<json::object>> answer_query(const QueryServices& services, SwitchBranch change);
Task<Result<json::object>> answer_query(const QueryServices& services, ArchiveConversation archive);
Task<Result<json::object>> answer_query(const QueryServices& services, RetainConversation retain);
Task<Result<json::object>> answer_query(const QueryServices& services, SearchEvents search);
Task<Result<json::object>> answer_query(const QueryServices& services, RenameConversation rename);
Task<Result<json::object>> answer_query(const QueryServices& services, DeleteConversation erase);
Task<Result<json::object>> answer_query(const QueryServices& services, ContentQuery query);
Task<Result<json::object>> answer_query(const QueryServices& services, MemoryQuery query);
Task<Result<json::object>> answer_query(const QueryServices& services, ListApprovals list);
Task<Result<json::object>> answer_query(const QueryServices& services, ForgetApprovals forget);
Task<Result<json::object>> answer_query(const QueryServices& services, GetStatus status);
Task<Result<json::object>> answer_query(const QueryServices& services, GetUsage get);
Task<Result<json::object>> answer_query(const QueryServices& services, Ping ping);

}  // namespace convoke
