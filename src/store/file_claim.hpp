#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace convoke {

/// Holds a file for this process: until it is destroyed, nobody else can claim the same path. Other programs may still
/// read the file; the claim is a lock on `<path>-lock`, which the system drops when the process ends, however it ends.
class FileClaim {
 public:
  /// `conflict` names the process that holds the file; `unavailable` if the lock file cannot be made.
  static Result<FileClaim> make(const std::filesystem::path& path);

  FileClaim(FileClaim&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileClaim& operator=(FileClaim&&) = delete;
  ~FileClaim();

 private:
  explicit FileClaim(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Which file a path leads to, so that one put in its place is noticed.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

/// `unavailable` if there is no such file.
Result<FileIdentity> identify(const std::filesystem::path& path);

/// Makes an empty file that only its owner can read, and the folders that lead to it. Leaves an existing one alone.
Result<void> make_private_file(const std::filesystem::path& path);

}  // namespace convoke
