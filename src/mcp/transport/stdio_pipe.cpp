#include "mcp/transport/stdio_pipe.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "mcp/transport/line_splitter.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_message_bytes = 64 * 1024 * 1024;

class StdioPipe final : public Pipe {
 public:
  StdioPipe(Executor executor, int input, int output)
      : input_(executor, input), output_(executor, output), lines_(max_message_bytes) {}

  Task<Result<std::string>> read() override {
    const auto keep = [this](std::string line) { unread_.push_back(std::move(line)); };
    while (unread_.empty()) {
      if (at_end_) co_return fail(Errc::unavailable, "the client closed our input");
      const auto [error, size] =
          co_await input_.async_read_some(asio::buffer(buffer_), asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
      at_end_ = static_cast<bool>(error);
      if (at_end_) {
        lines_.finish(keep);
      } else {
        CO_CHECK(lines_.feed({buffer_.data(), size}, keep));
      }
    }
    std::string line = std::move(unread_.front());
    unread_.pop_front();
    co_return line;
  }

  Task<Result<void>> write(std::string messages) override {
    messages += '\n';
    const auto [error, size] =
        co_await asio::async_write(output_, asio::buffer(messages), asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (error) co_return fail(Errc::unavailable, "the client reads no more: " + error.message());
    co_return Result<void>{};
  }

  Task<> close() override {
    boost::system::error_code ignored;
    input_.close(ignored);
    output_.close(ignored);
    co_return;
  }

 private:
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  std::array<char, 64 * 1024> buffer_{};
  LineSplitter lines_;
  std::deque<std::string> unread_;
  bool at_end_ = false;
};

}  // namespace

Result<std::unique_ptr<Pipe>> stdio_pipe(Executor executor) {
  ::signal(SIGPIPE, SIG_IGN);
  const int input = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (input < 0 || output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    return fail(Errc::internal, "standard input and output cannot be taken over");
  }
  try {
    return std::make_unique<StdioPipe>(executor, input, output);
  } catch (const boost::system::system_error& e) {
    return fail(Errc::invalid_input, std::string("standard input and output must be pipes: ") + e.code().message());
  }
}

}  // namespace convoke::mcp
