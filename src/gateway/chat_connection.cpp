#include "gateway/chat_connection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"

namespace convoke {

namespace {
constexpr std::size_t max_requests_at_once = 64;
constexpr auto goodbye_time = 2s;
/// How long one write may take before a client counts as one that does not read.
constexpr auto write_patience = 1s;

/// What was wrong in a query that could be read, as far as that can be told.
template <class Query>
std::string wrong_member(const Error& error) {
  if (error.code != Errc::invalid_input) return "";
  if (std::same_as<Query, SearchEvents>) return "payload.text";
  if (std::same_as<Query, RenameConversation>) return "payload.title";
  if (std::same_as<Query, GetUsage>) return "payload." + error.message.substr(0, error.message.find(' '));
  return "";
}
}  // namespace

ChatConnection::ChatConnection(Executor executor, net::WebSocket& socket, const ConnectionServices& services, Log log,
                               std::string user)
    : socket_(socket),
      services_(services),
      log_(std::move(log)),
      requests_(executor, log_),
      changed_(executor),
      user_(std::move(user)),
      own_conversation_(random_id("c_")) {}

/// A client that is quiet costs one task: writing and closing have theirs only while there is something to write or to
/// close. When either fails, it drops the socket, which ends the reading.
Task<> ChatConnection::run() {
  co_await requests_.run(read_frames());
  if (import_) co_await import_->import->abandon();
}

/// While a client has many answers to fetch, it is not heard: that bounds what it can make us keep.
Task<> ChatConnection::read_frames() {
  for (;;) {
    while (waiting_bytes_ > services_.max_pending_bytes) co_await changed_.wait();
    const auto text = co_await socket_.read();
    if (!text) co_return;  // the client has left
    services_.frames_in.add();
    take(*text);
  }
}

/// Runs until nothing is left to send.
Task<> ChatConnection::write_frames(News news) {
  // Whoever has something to say may be saying more; but the first words are waited for.
  if (news == News::more) co_await yield_to_loop();
  while (!says_goodbye_) {
    auto text = next_text();
    if (!text) break;
    writes_since_ = SteadyClock::now();
    const auto sent = co_await socket_.write(*std::move(text));
    writes_since_.reset();
    changed_.notify();
    if (!sent) co_return socket_.drop();
    services_.frames_out.add();
  }
  is_writing_ = false;
}

/// Says goodbye while we still read: the client's answer to it ends the connection. A client that does not take what is
/// being written cannot be told anything; it is dropped.
Task<> ChatConnection::say_goodbye() {
  const auto deadline = SteadyClock::now() + goodbye_time;
  const auto must_wait = [this] {
    const bool too_much = pending_bytes() > services_.max_pending_bytes;
    return writes_since_ || (pending_bytes() > 0 && !too_much);
  };
  while (must_wait()) {
    co_await changed_.wait_until(std::min(deadline, SteadyClock::now() + 10ms));
    if (SteadyClock::now() >= deadline) co_return socket_.drop();
  }
  says_goodbye_ = true;
  co_await socket_.close(*close_reason_);
  socket_.drop();
}

void ChatConnection::close(net::CloseReason reason) {
  if (close_reason_) return;
  close_reason_ = std::move(reason);
  requests_.spawn("saying goodbye", say_goodbye());
}

void ChatConnection::announce(Notice notice) { send({"", 0, std::move(notice)}); }

void ChatConnection::take(std::string_view text) {
  auto frame = parse_client_frame(text);
  if (!frame) {
    FrameProblem& problem = frame.error();
    return refuse(problem.request_id, {Errc::invalid_input, std::move(problem.message), {}}, std::move(problem.field));
  }
  if (requests_.size() >= max_requests_at_once) {
    return refuse(frame->request_id, {Errc::rate_limited,
                                      fmt::format("{} requests of this connection are waiting", requests_.size()), 1s});
  }
  requests_.spawn("a client's request", handle(*std::move(frame)));
}

template <class Query>
Task<> ChatConnection::handle(std::string request_id, Query query) {
  auto data = co_await answer_query(services_.queries, std::move(query));
  if (data) co_return answer(request_id, *std::move(data));
  std::string member = wrong_member<Query>(data.error());
  refuse(request_id, std::move(data).error(), std::move(member));
}

Task<> ChatConnection::handle(ClientFrame frame) {
  return std::visit([&](auto& action) { return handle(std::move(frame.request_id), std::move(action)); }, frame.action);
}

void ChatConnection::answer(const std::string& request_id, json::object data) {
  send({request_id, 1, Complete{{}, std::move(data)}});
}

void ChatConnection::refuse(const std::string& request_id, Error error, std::string field) {
  send({request_id, 0, Failed{std::move(error), std::move(field)}});
}

void ChatConnection::send(const ServerFrame& frame) {
  waiting_.push_back(to_text(frame));
  waiting_bytes_ += waiting_.back().size();
  something_waits(News::more);
}

std::optional<std::string> ChatConnection::next_text() {
  if (!waiting_.empty()) {
    std::string text = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= text.size();
    return text;
  }
  // Each journal gets its turn: a long answer does not hold up a short one.
  for (std::size_t n = readers_.size(); n > 0; --n) {
    readers_.splice(readers_.end(), readers_, readers_.begin());
    JournalReader& reader = readers_.back();
    auto text = reader.take();
    if (reader.done()) readers_.pop_back();
    if (text) return text;
  }
  return std::nullopt;
}

void ChatConnection::something_waits(News news) {
  if (!is_writing_) {
    is_writing_ = true;
    requests_.spawn("writing to a client", write_frames(news));
  }
  const bool is_stuck = writes_since_ && SteadyClock::now() - *writes_since_ > write_patience;
  if (close_reason_ || !is_stuck || pending_bytes() <= services_.max_pending_bytes) return;
  services_.slow_clients.add();
  log_.warning("client.too_slow", {{"pending_bytes", pending_bytes()}});
  close({1008, "you read too slowly; connect again and resume"});
}

std::size_t ChatConnection::pending_bytes() const {
  std::size_t bytes = waiting_bytes_;
  for (const JournalReader& reader : readers_) bytes += reader.pending_bytes();
  return bytes;
}

}  // namespace convoke
