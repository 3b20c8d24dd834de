#include "chat/approval_memory.hpp"

#include <algorithm>

namespace convoke {
namespace {
constexpr std::size_t max_approvals = 4096;

bool is_same_tool(const Tool& a, const Tool& b) { return a.server == b.server && a.own_name == b.own_name; }
}  // namespace

void ApprovalMemory::remember(const std::string& conversation_id, const Tool& tool) {
  const std::lock_guard lock(mutex_);
  std::erase_if(approvals_, [&](const Approval& known) {
    return known.conversation_id == conversation_id && is_same_tool(known.tool, tool);
  });
  approvals_.push_back({conversation_id, tool});
  if (approvals_.size() > max_approvals) approvals_.pop_front();
}

ApprovalMemory::Recall ApprovalMemory::recall(const std::string& conversation_id, const Tool& tool) const {
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find_if(approvals_, [&](const Approval& one) {
    return one.conversation_id == conversation_id && is_same_tool(one.tool, tool);
  });
  if (known == approvals_.end()) return Recall::unknown;
  return is_same_definition(known->tool, tool) ? Recall::approved : Recall::changed;
}

}  // namespace convoke
