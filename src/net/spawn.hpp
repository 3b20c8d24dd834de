#pragma once
#include <unistd.h>

#include <utility>

#include "net/child_process.hpp"

namespace convoke::net {

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// A process that has begun to run its program, and our ends of its pipes.
struct Spawned {
  int pid = 0;         ///< also the number of its process group
  Descriptor control;  ///< to its keeper, see keeper.hpp
  Descriptor stdin_end;
  Descriptor stdout_end;
  Descriptor stderr_end;
};

/// Starts `command`: see ChildProcess for what the child is given and what it is not.
Result<Spawned> spawn(const ChildCommand& command);

}  // namespace convoke::net
