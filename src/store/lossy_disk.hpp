#pragma once
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace convoke {

/// For tests: a disk under SQLite that keeps for good only what was synced. While one lives, every database is opened
/// on it. Files lie in their folders as always; beside that it knows what of them a loss of power would leave.
///
/// What was not synced is lost or kept in pieces of a sector each, in any combination: so writes are torn, and later
/// ones arrive without earlier ones. Writing to a part of a sector leaves the rest of it alone, which SQLite relies on.
class LossyDisk {
 public:
  LossyDisk();
  ~LossyDisk();
  LossyDisk(const LossyDisk&) = delete;
  LossyDisk& operator=(const LossyDisk&) = delete;

  /// Loses power right before the `operation`th change or sync from now, and calls `at_loss` then: what was promised
  /// before that must be found again. Whoever uses the disk does not notice.
  void lose_power_before(int operation, std::function<void()> at_loss);
  /// Loses it, unless it has.
  void lose_power_now();
  bool has_lost_power() const;

  /// Puts what the loss of power left into `folder`, files by their names. What was not synced is left to chance.
  void leave_remains(const std::filesystem::path& folder, std::mt19937& chance) const;

 private:
  struct Change {
    sqlite3_int64 offset = 0;  ///< of `bytes`; or the new length
    std::string bytes{};
    bool is_truncation = false;
  };
  struct Content {
    std::string durable;
    std::vector<Change> pending;
    bool exists_for_good = false;
    bool deletion_pending = false;
  };
  struct File;
  friend struct LossyDiskCalls;

  void note(const std::string& path, Change change);
  void note_sync(const std::string& path);
  void note_open(const std::string& path);
  void note_deletion(const std::string& path, bool for_good);
  void count_operation();
  static void apply(const Change& change, std::string& bytes);

  sqlite3_vfs vfs_{};
  sqlite3_vfs* system_ = nullptr;

  mutable std::mutex mutex_;
  std::map<std::string, Content> files_;  ///< guarded by mutex_, as are the rest
  std::map<std::string, Content> remains_;
  int until_loss_ = 0;
  bool has_lost_power_ = false;
  std::function<void()> at_loss_;
};

}  // namespace convoke
