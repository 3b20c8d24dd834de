#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace convoke::bench {

/// A child process and the plainest way to talk to it: a line in, a line out, with blocking calls.
class BarePipe {
 public:
  explicit BarePipe(const std::vector<std::string>& command);
  ~BarePipe();
  BarePipe(const BarePipe&) = delete;
  BarePipe& operator=(const BarePipe&) = delete;

  /// `line` ends with a line feed.
  void send(std::string_view line) const;
  /// The next line, without its end. Throws std::runtime_error when the child has closed its end.
  std::string receive();

 private:
  int in_ = -1;
  int out_ = -1;
  pid_t child_ = -1;
  std::string rest_;
};

/// What the child of a bare echo does: every piece it reads goes back as it came.
int echo_until_end();

}  // namespace convoke::bench
