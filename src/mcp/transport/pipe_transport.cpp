#include "mcp/transport/pipe_transport.hpp"

#include "base/task.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_unwritten_bytes = 64 * 1024 * 1024;
constexpr std::uint64_t skipped_in_detail = 5;  ///< so many are told one by one

}  // namespace

/// A request whose response has not come; lives in the frame that awaits it.
struct PipeTransport::Pending {
  Pending(PipeTransport& transport, jsonrpc::Id id, Deadline until)
      : owner(transport), place(owner.pending_.insert_or_assign(std::move(id), this).first), deadline(until) {}
  ~Pending() { owner.pending_.erase(place); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  void settle(Result<jsonrpc::Response> with) {
    if (!outcome) outcome = std::move(with);
    settled.notify();
  }

  PipeTransport& owner;
  std::map<jsonrpc::Id, Pending*>::iterator place;
  Deadline deadline;
  Wakeup settled;
  std::optional<Result<jsonrpc::Response>> outcome;
};

PipeTransport::PipeTransport(Executor executor, OpenPipe open, Log log)
    : open_(std::move(open)),
      log_(std::move(log)),
      written_(executor),
      sooner_expiry_(executor),
      lost_(Error{Errc::unavailable, "not connected"}) {}

PipeTransport::~PipeTransport() = default;

Task<Error> PipeTransport::run(OnMessage on_message, std::function<void()> ready) {
  auto opened = open_();
  if (!opened) co_return opened.error();
  pipe_ = *std::move(opened);
  unwritten_.clear();
  written_bytes_ = put_bytes_;
  lost_.reset();
  highest_id_ = -1;
  skipped_ = 0;
  ready();

  std::exception_ptr unwinding;
  Error reason{Errc::cancelled, "the connection was ended"};
  try {
    reason = co_await carry(std::move(on_message));
  } catch (...) {
    unwinding = std::current_exception();
  }
  lose(reason);
  if (skipped_ > skipped_in_detail) log_.warning("mcp.messages_skipped", {{"messages", skipped_}});
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await pipe_->close();
  pipe_.reset();
  if (unwinding) std::rethrow_exception(unwinding);
  co_return reason;
}

Task<Error> PipeTransport::carry(OnMessage on_message) {
  using namespace asio::experimental::awaitable_operators;
  const auto first = co_await (read_messages(std::move(on_message)) || write_messages() || expire_requests());
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
  auto messages = jsonrpc::parse_messages(std::exchange(line, {}));
  for (auto& message : messages) {
    if (!message) {
      tell_skipped("mcp.line_skipped", message.error().error.message);
    } else if (auto* response = std::get_if<jsonrpc::Response>(&*message)) {
      deliver(std::move(*response));
    } else {
      on_message(*std::move(message));
    }
  }
}

void PipeTransport::deliver(jsonrpc::Response response) {
  // An error about a message that could not be read has no id: it is about the only one there is.
  const bool is_about_the_only_one = !response.id && !response.outcome && pending_.size() == 1;
  const auto waiting = is_about_the_only_one ? pending_.begin()
                       : response.id         ? pending_.find(*response.id)
                                             : pending_.end();
  if (waiting != pending_.end()) return waiting->second->settle(std::move(response));
  const auto* number = response.id ? std::get_if<std::int64_t>(&*response.id) : nullptr;
  const bool is_late = number && *number >= 0 && *number <= highest_id_;
  if (is_late) return log_.debug("mcp.response_dropped", {{"reason", "nobody waits for it any more"}});
  tell_skipped("mcp.response_skipped",
               response.id ? "no request has its id" : "it does not say which request it is about");
}

void PipeTransport::tell_skipped(std::string_view what, std::string_view reason) {
  if (++skipped_ <= skipped_in_detail) log_.warning(what, {{"reason", reason}});
}

Task<Error> PipeTransport::write_messages() {
  for (;;) {
    while (unwritten_.empty()) co_await something_to_write_.wait();
    std::string batch = std::exchange(unwritten_, {});
    const std::size_t bytes = batch.size();
    batch.pop_back();  // the pipe adds the last line break
    const auto written = co_await pipe_->write(std::move(batch));
    written_bytes_ += bytes;
    written_.notify();
    // The peer may have said why before it stopped reading: the reader finds that out.
    if (!written) co_await sleep_for(1s);
    if (!written) co_return written.error();
  }
}

/// One timer for all requests: most of them are answered, and then none was set for them.
Task<Error> PipeTransport::expire_requests() {
  for (;;) {
    const auto now = SteadyClock::now();
    next_expiry_ = Deadline::max();
    for (auto& [id, request] : pending_) {
      if (request->deadline <= now) {
        request->settle(fail(Errc::timed_out, "the server did not answer in time"));
      } else {
        next_expiry_ = std::min(next_expiry_, request->deadline);
      }
    }
    co_await sooner_expiry_.wait_until(next_expiry_);
  }
}

void PipeTransport::lose(const Error& reason) {
  lost_ = reason;
  for (auto& [id, request] : pending_) request->settle(std::unexpected(reason));
  written_.notify();
}

Task<Result<jsonrpc::Response>> PipeTransport::exchange(jsonrpc::Request request, jsonrpc::Headers, Deadline deadline) {
  Pending pending(*this, request.id, deadline);
  if (const auto* number = std::get_if<std::int64_t>(&request.id)) highest_id_ = std::max(highest_id_, *number);
  if (deadline < next_expiry_) {
    next_expiry_ = deadline;
    sooner_expiry_.notify();
  }
  if (lost_ || unwritten_.size() > max_unwritten_bytes) CO_CHECK(co_await room());
  put(std::move(request));
  while (!pending.outcome) co_await pending.settled.wait();
  co_return *std::move(pending.outcome);
}

Task<Result<void>> PipeTransport::send(jsonrpc::Message message) {
  CO_CHECK(co_await room());
  put(message);
  const std::uint64_t mine = put_bytes_;
  while (!lost_ && written_bytes_ < mine) co_await written_.wait();
  if (written_bytes_ < mine) co_return std::unexpected(*lost_);
  co_return Result<void>{};
}

Task<Result<void>> PipeTransport::room() {
  while (!lost_ && unwritten_.size() > max_unwritten_bytes) co_await written_.wait();
  if (lost_) co_return std::unexpected(*lost_);
  co_return Result<void>{};
}

void PipeTransport::put(const jsonrpc::Message& message) {
  const std::size_t before = unwritten_.size();
  jsonrpc::append(message, unwritten_);
  unwritten_ += '\n';
  put_bytes_ += unwritten_.size() - before;
  something_to_write_.notify();
}

Task<> PipeTransport::established() { co_return; }

}  // namespace convoke::mcp
