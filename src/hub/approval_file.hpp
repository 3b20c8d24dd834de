#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"

namespace convoke {

/// What somebody approved: a tool as it was defined then, for a conversation.
struct KeptApproval {
  std::string conversation_id;
  std::string server;
  std::string tool;         ///< the server's name for it
  std::string fingerprint;  ///< of its definition
  bool operator==(const KeptApproval&) const = default;
};

/// Reads what `write_approvals` wrote, oldest first. A file that is not there holds none; `invalid_input` for one that
/// is no list of approvals.
Result<std::vector<KeptApproval>> read_approvals(const std::string& path);

/// Replaces the file as a whole; only its owner can read it. `unavailable` when that cannot be done.
Result<void> write_approvals(const std::string& path, const std::vector<KeptApproval>& approvals);

}  // namespace convoke
