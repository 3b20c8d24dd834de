#pragma once
#include <mutex>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "hub/approval_file.hpp"
#include "hub/toolbox.hpp"

namespace convoke {

/// What people have approved for the rest of a conversation, each with the definition the tool had then. Callable from
/// any thread; the lock is held for a look-up, or while the file is written.
class ApprovalMemory {
 public:
  enum class Recall { unknown, approved, changed };

  /// Without a file: until the process ends.
  ApprovalMemory() = default;
  /// Begins with what the file holds, and writes every approval to it. What cannot be written is remembered until the
  /// process ends.
  ApprovalMemory(std::string path, Log log);

  /// The file was changed by others: takes what it holds now.
  void reload();

  /// Takes the place of an earlier approval of the same tool. The oldest is forgotten when there are too many.
  void remember(const std::string& conversation_id, const Tool& tool);
  /// `changed`: the tool was approved when its definition was another.
  Recall recall(const std::string& conversation_id, const Tool& tool) const;

  /// Oldest first.
  std::vector<KeptApproval> all() const;
  /// Takes back what was allowed for tools whose server and own name fit, with `*` and `?`; an empty conversation means
  /// all of them. Returns how many approvals that were.
  std::size_t forget(std::string_view server, std::string_view tool, const std::string& conversation_id = {});

 private:
  void write() const;

  std::string path_;
  Log log_;
  mutable std::mutex mutex_;
  std::vector<KeptApproval> approvals_;  ///< oldest first
};

}  // namespace convoke
