#include "net/process_watch.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "net/spawn.hpp"

namespace convoke::net {
namespace {

/// Our handlers must not run in the fork.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// The watch of this process. One that is killed is replaced when it is next needed: its keepers need it no more.
class Watch {
 public:
  Result<void> order(const KeeperFiles& files) {
    const std::lock_guard lock(mutex_);
    if (entrance_.get() < 0) CHECK_OK(start());
    if (tell(files)) return {};
    CHECK_OK(start());
    if (tell(files)) return {};
    return fail(Errc::unavailable, "nobody is there to start a child process");
  }

 private:
  Result<void> start() {
    entrance_ = {};
    if (pid_ > 0) waitpid(pid_, nullptr, WNOHANG);
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      return fail(Errc::exhausted, "no file descriptors left for a child process");
    }
    entrance_ = Descriptor(ends[0]);
    const Descriptor theirs(ends[1]);
    const SignalsBlocked blocked;
    pid_ = fork();
    if (pid_ == 0) run_watch(theirs.get());
    if (pid_ < 0) entrance_ = {};
    if (pid_ < 0) return fail(Errc::exhausted, "no processes left for a child process");
    return {};
  }

  bool tell(const KeeperFiles& files) const {
    char byte = 0;
    iovec text{&byte, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof files)> attached{};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = attached.data();
    message.msg_controllen = attached.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof files);
    std::memcpy(CMSG_DATA(header), &files, sizeof files);
    ssize_t sent = 0;
    do sent = sendmsg(entrance_.get(), &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
  }

  std::mutex mutex_;
  Descriptor entrance_;
  pid_t pid_ = 0;
};

}  // namespace

Result<void> start_keeper(const KeeperFiles& files) {
  static Watch watch;
  return watch.order(files);
}

std::string launch_text(const std::vector<std::string>& candidates, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment, const std::string& working_directory) {
  const std::size_t count = candidates.size() + arguments.size() + environment.size() + 5;
  std::vector<std::uintptr_t> places{count};
  std::string strings;
  const auto add = [&](const std::string& text) {
    places.push_back((1 + count) * sizeof(std::uintptr_t) + strings.size());
    strings.append(text.c_str()).push_back('\0');
  };
  for (const auto* list : {&candidates, &arguments, &environment}) {
    for (const std::string& text : *list) add(text);
    places.push_back(0);
  }
  if (!working_directory.empty()) add(working_directory);
  places.resize(1 + count);
  return std::string(reinterpret_cast<const char*>(places.data()), places.size() * sizeof(std::uintptr_t)) + strings;
}

}  // namespace convoke::net
