#pragma once
#include <memory>
#include <string>

#include "chat/offered_tools.hpp"
#include "hub/toolbox.hpp"
#include "store/conversation_store.hpp"

namespace convoke {

/// The built-in server of the user's memory, and the argument by which it learns where a fact was said. The turn sets
/// it, whatever the model wrote.
inline constexpr std::string_view memory_server_name = "convoke-memory";
inline constexpr std::string_view origin_argument = "_conversation";

/// What the model of one turn can call: the tools of the servers, and those of the house that stand before them.
class TurnTools {
 public:
  /// `servers` and `store` must outlive it.
  TurnTools(Toolbox& servers, ConversationStore& store, std::string conversation_id);

  /// To be called once before the others. `page_bytes`: of a result that is read page by page.
  void use(std::shared_ptr<const OfferedTools> offered, std::size_t page_bytes);
  const OfferedTools& offered() const { return *offered_; }

  /// The call that `call` stands for: of a tool that was searched for, that tool's; any other is itself.
  ToolCall resolved(ToolCall call) const;

  /// The server of a tool; "convoke" for those of the house, empty for a name nobody knows.
  std::string server_of(std::string_view tool) const;

  /// Whether the model is offered `read_result`.
  bool can_read_results() const { return is_ours(read_result_name); }

  /// As Toolbox::call, for a resolved call.
  Task<ToolResult> call(ToolCall call, ToolCaller& caller);

 private:
  bool is_ours(std::string_view tool) const;
  ToolCall with_origin(ToolCall call) const;
  /// Null: no server has it.
  const Tool* server_named(std::string_view tool) const;
  ToolResult find_tools(const ToolCall& call) const;
  ToolResult explain_call_tool(const ToolCall& call) const;
  Task<ToolResult> read_result(ToolCall call);
  Task<Result<std::string>> find_result(std::string result_id);

  Toolbox& servers_;
  ConversationStore& store_;
  std::string conversation_id_;
  std::shared_ptr<const OfferedTools> offered_;
  std::size_t page_bytes_ = 0;
};

}  // namespace convoke
