#include "mcp/transport/in_memory_pipe.hpp"

#include <deque>

#include "base/signal.hpp"
#include "mcp/transport/line_splitter.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_unread = 1024;

/// One direction. Shared by the two ends, which may go in any order.
struct Lane {
  explicit Lane(Executor executor) : changed(executor) {}
  std::deque<std::string> unread;
  bool closed = false;
  Signal changed;

  void close() {
    closed = true;
    changed.notify();
  }
};

class InMemoryPipe final : public Pipe {
 public:
  InMemoryPipe(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out) : in_(std::move(in)), out_(std::move(out)) {}
  ~InMemoryPipe() override { hang_up(); }

  Task<Result<std::string>> read() override {
    while (in_->unread.empty()) {
      if (in_->closed) co_return fail(Errc::unavailable, "the other end was closed");
      co_await in_->changed.wait();
    }
    std::string message = std::move(in_->unread.front());
    in_->unread.pop_front();
    in_->changed.notify();
    co_return message;
  }

  Task<Result<void>> write(std::string messages) override {
    while (out_->unread.size() >= max_unread && !out_->closed) co_await out_->changed.wait();
    if (out_->closed) co_return fail(Errc::unavailable, "the other end was closed");
    LineSplitter lines(messages.size());
    const auto keep = [this](std::string line) { out_->unread.push_back(std::move(line)); };
    CO_CHECK(lines.feed(messages, keep));
    lines.finish(keep);
    out_->changed.notify();
    co_return Result<void>{};
  }

  Task<> close() override {
    hang_up();
    co_return;
  }

 private:
  void hang_up() {
    in_->close();
    out_->close();
  }

  std::shared_ptr<Lane> in_;
  std::shared_ptr<Lane> out_;
};

}  // namespace

std::pair<std::unique_ptr<Pipe>, std::unique_ptr<Pipe>> in_memory_pipes(Executor executor) {
  auto there = std::make_shared<Lane>(executor);
  auto back = std::make_shared<Lane>(executor);
  return {std::make_unique<InMemoryPipe>(back, there), std::make_unique<InMemoryPipe>(there, back)};
}

}  // namespace convoke::mcp
