#include "chat/approval_memory.hpp"

#include <algorithm>

#include "hub/approvals.hpp"

namespace convoke {
namespace {

constexpr std::size_t max_approvals = 4096;

bool is_about(const KeptApproval& approval, const std::string& conversation_id, const Tool& tool) {
  return approval.conversation_id == conversation_id && approval.server == tool.server &&
         approval.tool == tool.own_name;
}

}  // namespace

ApprovalMemory::ApprovalMemory(std::string path, Log log) : path_(std::move(path)), log_(std::move(log)) { reload(); }

void ApprovalMemory::reload() {
  const std::lock_guard lock(mutex_);  // or what is taken back meanwhile would be there again
  auto kept = read_approvals(path_);
  if (!kept) return log_.error("approvals.unreadable", {{"reason", kept.error().message}});
  approvals_ = *std::move(kept);
}

void ApprovalMemory::remember(const std::string& conversation_id, const Tool& tool) {
  const std::lock_guard lock(mutex_);
  std::erase_if(approvals_, [&](const KeptApproval& known) { return is_about(known, conversation_id, tool); });
  approvals_.push_back({conversation_id, tool.server, tool.own_name, fingerprint(tool)});
  if (approvals_.size() > max_approvals) approvals_.erase(approvals_.begin());
  write();
}

void ApprovalMemory::write() const {
  if (path_.empty()) return;
  const auto written = write_approvals(path_, approvals_);
  if (!written) log_.error("approvals.not_saved", {{"reason", written.error().message}});
}

std::vector<KeptApproval> ApprovalMemory::all() const {
  const std::lock_guard lock(mutex_);
  return approvals_;
}

std::size_t ApprovalMemory::forget(std::string_view server, std::string_view tool, const std::string& conversation_id) {
  const std::lock_guard lock(mutex_);
  const auto forgotten = std::erase_if(approvals_, [&](const KeptApproval& one) {
    const bool is_there = conversation_id.empty() || one.conversation_id == conversation_id;
    return is_there && fits_glob(server, one.server) && fits_glob(tool, one.tool);
  });
  if (forgotten > 0) write();
  return forgotten;
}

ApprovalMemory::Recall ApprovalMemory::recall(const std::string& conversation_id, const Tool& tool) const {
  const std::lock_guard lock(mutex_);
  const auto known =
      std::ranges::find_if(approvals_, [&](const KeptApproval& one) { return is_about(one, conversation_id, tool); });
  if (known == approvals_.end()) return Recall::unknown;
  return known->fingerprint == fingerprint(tool) ? Recall::approved : Recall::changed;
}

}  // namespace convoke
