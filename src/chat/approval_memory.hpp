#pragma once
#include <deque>
#include <mutex>
#include <string>

#include "hub/toolbox.hpp"

namespace convoke {

/// What people have approved for the rest of a conversation, each with the definition the tool had then. Kept in
/// memory: after a restart they are asked again. Callable from any thread; the lock is held for a look-up only.
class ApprovalMemory {
 public:
  enum class Recall { unknown, approved, changed };

  /// Takes the place of an earlier approval of the same tool. The oldest is forgotten when there are too many.
  void remember(const std::string& conversation_id, const Tool& tool);
  /// `changed`: the tool was approved when its definition was another.
  Recall recall(const std::string& conversation_id, const Tool& tool) const;

 private:
  struct Approval {
    std::string conversation_id;
    Tool tool;
  };
  mutable std::mutex mutex_;
  std::deque<Approval> approvals_;  ///< oldest first
};

}  // namespace convoke
