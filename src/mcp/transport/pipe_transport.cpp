#include "mcp/transport/pipe_transport.hpp"

#include "base/task.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_unwritten_bytes = 64 * 1024 * 1024;

}  // namespace

/// A request whose response has not come; lives in the frame that awaits it.
struct PipeTransport::Pending {
  Pending(PipeTransport& transport, Executor executor, jsonrpc::Id request_id)
      : owner(transport), id(std::move(request_id)), changed(executor) {
    owner.pending_.emplace(id, this);
  }
  ~Pending() { owner.pending_.erase(id); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  PipeTransport& owner;
  jsonrpc::Id id;
  Signal changed;
  std::optional<Result<jsonrpc::Response>> outcome;
};

PipeTransport::PipeTransport(Executor executor, OpenPipe open, Log log)
    : open_(std::move(open)),
      log_(std::move(log)),
      unwritten_changed_(executor),
      lost_(Error{Errc::unavailable, "not connected"}) {}

PipeTransport::~PipeTransport() = default;

Task<Error> PipeTransport::run(OnMessage on_message, std::function<void()> ready) {
  auto opened = open_();
  if (!opened) co_return opened.error();
  pipe_ = *std::move(opened);
  unwritten_.clear();
  lost_.reset();
  ready();

  std::exception_ptr unwinding;
  Error reason{Errc::cancelled, "the connection was ended"};
  try {
    reason = co_await carry(std::move(on_message));
  } catch (...) {
    unwinding = std::current_exception();
  }
  lose(reason);
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await pipe_->close();
  pipe_.reset();
  if (unwinding) std::rethrow_exception(unwinding);
  co_return reason;
}

Task<Error> PipeTransport::carry(OnMessage on_message) {
  using namespace asio::experimental::awaitable_operators;
  const auto first = co_await (read_messages(std::move(on_message)) || write_messages());
  co_return std::visit([](const Error& reason) { return reason; }, first);
}

Task<Error> PipeTransport::read_messages(OnMessage on_message) {
  for (;;) {
    auto line = co_await pipe_->read();
    if (!line) co_return line.error();
    take(*std::move(line), on_message);
  }
}

void PipeTransport::take(std::string line, const OnMessage& on_message) {
  const std::size_t bytes = line.size();
  auto messages = jsonrpc::parse_messages(std::exchange(line, {}));
  for (auto& message : messages) {
    if (!message) {
      log_.warning("mcp.line_skipped", {{"reason", message.error().error.message}, {"bytes", bytes}});
    } else if (auto* response = std::get_if<jsonrpc::Response>(&*message)) {
      deliver(std::move(*response));
    } else {
      on_message(*std::move(message));
    }
  }
}

void PipeTransport::deliver(jsonrpc::Response response) {
  // Only an error about an unreadable message has no id; it cannot be told whose it is.
  const auto waiting = response.id ? pending_.find(*response.id) : pending_.end();
  if (waiting == pending_.end()) {
    log_.debug("mcp.response_dropped", {{"reason", "nobody waits for it"}});
    return;
  }
  Pending& request = *waiting->second;
  if (!request.outcome) request.outcome = std::move(response);
  request.changed.notify();
}

Task<Error> PipeTransport::write_messages() {
  for (;;) {
    while (unwritten_.empty()) co_await unwritten_changed_.wait();
    std::string batch = std::exchange(unwritten_, {});
    unwritten_changed_.notify();
    batch.pop_back();  // the pipe adds the last line break
    const auto written = co_await pipe_->write(std::move(batch));
    // The peer may have said why before it stopped reading: the reader finds that out.
    if (!written) co_await sleep_for(1s);
    if (!written) co_return written.error();
  }
}

void PipeTransport::lose(const Error& reason) {
  lost_ = reason;
  for (auto& [id, request] : pending_) {
    if (!request->outcome) request->outcome = std::unexpected(reason);
    request->changed.notify();
  }
  unwritten_changed_.notify();
}

Task<Result<jsonrpc::Response>> PipeTransport::exchange(jsonrpc::Request request, jsonrpc::Headers) {
  Pending pending(*this, co_await asio::this_coro::executor, request.id);
  CO_CHECK(co_await send(std::move(request)));
  while (!pending.outcome) co_await pending.changed.wait();
  co_return *std::move(pending.outcome);
}

Task<Result<void>> PipeTransport::send(jsonrpc::Message message) {
  while (!lost_ && unwritten_.size() > max_unwritten_bytes) co_await unwritten_changed_.wait();
  if (lost_) co_return std::unexpected(*lost_);
  unwritten_ += jsonrpc::serialise(message);
  unwritten_ += '\n';
  unwritten_changed_.notify();
  co_return Result<void>{};
}

Task<> PipeTransport::established() { co_return; }

}  // namespace convoke::mcp
