#include "bare_pipe.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace convoke::bench {
namespace {

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written <= 0) throw std::runtime_error("the child does not read");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

BarePipe::BarePipe(const std::vector<std::string>& command) {
  std::array<int, 2> to_child{}, from_child{};
  if (::pipe2(to_child.data(), O_CLOEXEC) != 0 || ::pipe2(from_child.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int failed = posix_spawn(&child_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(to_child[0]);
  ::close(from_child[1]);
  if (failed) throw std::runtime_error("cannot start " + command[0]);
  in_ = to_child[1];
  out_ = from_child[0];
}

BarePipe::~BarePipe() {
  ::close(in_);
  ::close(out_);
  ::waitpid(child_, nullptr, 0);
}

void BarePipe::send(std::string_view line) const { write_all(in_, line); }

std::string BarePipe::receive() {
  std::size_t end = 0;
  while ((end = rest_.find('\n')) == std::string::npos) {
    std::array<char, 4096> bytes;
    const ssize_t size = ::read(out_, bytes.data(), bytes.size());
    if (size <= 0) throw std::runtime_error("the child has ended");
    rest_.append(bytes.data(), static_cast<std::size_t>(size));
  }
  std::string line = rest_.substr(0, end);
  rest_.erase(0, end + 1);
  return line;
}

int echo_until_end() {
  std::array<char, 64 * 1024> bytes;
  ssize_t size = 0;
  while ((size = ::read(STDIN_FILENO, bytes.data(), bytes.size())) > 0) {
    write_all(STDOUT_FILENO, {bytes.data(), static_cast<std::size_t>(size)});
  }
  return 0;
}

}  // namespace convoke::bench
