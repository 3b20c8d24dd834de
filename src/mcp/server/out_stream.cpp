#include "mcp/server/out_stream.hpp"

#include <fmt/format.h>

namespace convoke::mcp {

namespace {

constexpr std::size_t max_events = 1024;
constexpr std::size_t max_bytes = 16 * 1024 * 1024;
constexpr auto sign_of_life = 20s;

}  // namespace

OutStream::OutStream(Executor executor, std::string name) : name_(std::move(name)), changed_(executor) {}

void OutStream::push(const jsonrpc::Message& message) {
  has_messages_ = true;
  keep(jsonrpc::serialise(message));
}

void OutStream::finish(jsonrpc::Response response) {
  keep(jsonrpc::serialise(response));
  response_ = std::move(response);
}

void OutStream::drop_readers(std::chrono::milliseconds come_back_after) {
  retry_ = come_back_after;
  ++drops_;
  changed_.notify();
}

void OutStream::keep(std::string data) {
  bytes_ += data.size();
  events_.push_back(std::move(data));
  ++next_;
  while (events_.size() > 1 && (events_.size() > max_events || bytes_ > max_bytes)) {
    bytes_ -= events_.front().size();
    events_.pop_front();
  }
  changed_.notify();
}

Task<bool> OutStream::changed(Deadline deadline) { return changed_.wait_until(deadline); }

std::string OutStream::event_text(std::uint64_t number, const std::string& data) const {
  if (name_.empty()) return fmt::format("event: message\ndata: {}\n\n", data);
  return fmt::format("id: {}-{}\nevent: message\ndata: {}\n\n", name_, number, data);
}

Task<> OutStream::write_to(net::BodyWriter& writer, std::uint64_t after, bool priming) {
  struct Reading {
    int& count;
    explicit Reading(int& c) : count(c) { ++count; }
    ~Reading() { --count; }
  } const reading{readers_};
  const auto drops = drops_;
  if (priming && !name_.empty()) {
    const auto first = co_await writer.write(fmt::format("id: {}-{}\ndata: \n\n", name_, after));
    if (!first) co_return;
  }
  for (;;) {
    const bool still_there = co_await write_pending(writer, after);
    if (!still_there) co_return;
    if (after + 1 < next_) continue;  // more was said while that was written
    if (is_finished()) co_return;
    if (drops_ != drops) {
      co_await writer.write(fmt::format("retry: {}\n\n", retry_.count()));
      co_return;
    }
    const bool in_time = co_await changed_.wait_until(SteadyClock::now() + sign_of_life);
    if (in_time) continue;
    const auto alive = co_await writer.write(":\n\n");
    if (!alive) co_return;
  }
}

Task<bool> OutStream::write_pending(net::BodyWriter& writer, std::uint64_t& after) {
  std::string batch;
  const std::uint64_t oldest = next_ - events_.size();
  if (after + 1 < oldest) co_return false;  // what this reader wanted next is forgotten
  for (std::uint64_t number = after + 1; number < next_; ++number) {
    batch += event_text(number, events_[number - oldest]);
  }
  if (batch.empty()) co_return true;
  after = next_ - 1;
  if (name_.empty()) {  // nobody will come back for them
    events_.clear();
    bytes_ = 0;
  }
  const auto written = co_await writer.write(std::move(batch));
  co_return written.has_value();
}

}  // namespace convoke::mcp
