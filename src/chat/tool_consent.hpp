#pragma once
#include <expected>
#include <optional>
#include <string>

#include "chat/approval_memory.hpp"
#include "chat/turn_inputs.hpp"
#include "hub/approvals.hpp"

namespace convoke {

/// Whether the tools of a turn may be called: by the rules, by what the user said before in this conversation, by
/// asking them now. What it decides, it decides about the definition a tool has at that moment.
class ToolConsent {
 public:
  /// All references must outlive it.
  ToolConsent(const ApprovalSettings& settings, ApprovalMemory& memory, const Toolbox& tools, TurnInputs& inputs,
              std::string conversation_id);

  /// True when the model may be offered the tool at all.
  bool may_offer(const Tool& tool) const;

  /// True when the call needs no question. A tool nobody knows needs none: the toolbox will say so.
  bool is_given(const ToolCall& call) const;

  /// The call as it may be made, which is not always as the model wrote it.
  struct Consent {
    ToolCall call;
    std::string note{};  ///< for the model: what the user changed
  };
  /// Asks the user, unless the rules decide. Why not, otherwise, in words for the model.
  Task<std::expected<Consent, std::string>> obtain(ToolCall call);

 private:
  std::optional<Tool> find(const std::string& name) const;
  Permission permission(const Tool& tool) const;
  /// `problem`: why the arguments the user wanted cannot be used.
  InputRequest question_about(const Tool& tool, const ToolCall& call, const std::string& problem) const;

  const ApprovalSettings& settings_;
  ApprovalMemory& memory_;
  const Toolbox& tools_;
  TurnInputs& inputs_;
  std::string conversation_id_;
};

}  // namespace convoke
