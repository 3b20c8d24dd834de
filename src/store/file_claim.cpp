#include "store/file_claim.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace convoke {
namespace {

constexpr mode_t only_for_the_owner = 0600;

std::unexpected<Error> failure(const std::filesystem::path& path, int error) {
  return fail(Errc::unavailable, fmt::format("{}: {}", path.string(), strerrordesc_np(error)));
}

/// The process number its holder left in the lock file, for people; "unknown" if it is not there yet.
std::string read_holder(int descriptor) {
  char text[32];
  const ssize_t length = pread(descriptor, text, sizeof text, 0);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : "unknown";
}

}  // namespace

Result<FileClaim> FileClaim::make(const std::filesystem::path& path) {
  const std::filesystem::path lock_path = path.string() + "-lock";
  FileClaim claim(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, only_for_the_owner));
  if (claim.descriptor_ < 0) return failure(lock_path, errno);
  if (flock(claim.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failure(lock_path, errno);
    return fail(Errc::conflict, fmt::format("{}: in use by another convoke (process {})", path.string(),
                                            read_holder(claim.descriptor_)));
  }
  const std::string me = std::to_string(getpid());
  // Only a hint for people: a full disk must not keep us from starting.
  if (ftruncate(claim.descriptor_, 0) == 0) (void)!pwrite(claim.descriptor_, me.data(), me.size(), 0);
  return claim;
}

FileClaim::~FileClaim() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<FileIdentity> identify(const std::filesystem::path& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return failure(path, errno);
  return FileIdentity{status.st_dev, status.st_ino};
}

Result<void> make_private_file(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) return fail(Errc::unavailable, path.parent_path().string() + ": " + error.message());
  // Never opens a file that is there: closing it again would drop the locks SQLite holds on it in this process.
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, only_for_the_owner);
  if (descriptor >= 0) {
    close(descriptor);
  } else if (errno != EEXIST) {
    return failure(path, errno);
  }
  return {};
}

}  // namespace convoke
