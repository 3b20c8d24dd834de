#include "mcp/server/pipe_server.hpp"

#include <map>

#include "base/signal.hpp"
#include "base/stop_switch.hpp"
#include "base/task_scope.hpp"
#include "base/wakeup.hpp"
#include "mcp/server/legacy_session.hpp"
#include "mcp/server/modern_server.hpp"

namespace convoke::mcp {

namespace {

constexpr std::size_t max_requests = 256;
constexpr std::size_t max_unwritten_bytes = 64 * 1024 * 1024;
constexpr auto time_to_finish = 2s;

class Connection final : public Peer {
 public:
  Connection(Executor executor, Server& server, Pipe& pipe, Log log)
      : executor_(executor),
        server_(server),
        pipe_(pipe),
        log_(log),
        tasks_(executor, log),
        task_desk_(executor, server, tasks_),
        modern_(server, task_desk_),
        legacy_(server, task_desk_, 1),
        unwritten_changed_(executor) {}

  Task<> run() { co_await tasks_.run(serve()); }

  Task<> notify(jsonrpc::Notification notification) override { co_await send(std::move(notification)); }
  Task<Result<jsonrpc::Response>> ask(std::string method, json::object params) override;

 private:
  struct Asked {
    explicit Asked(Executor executor) : changed(executor) {}
    Signal changed;
    std::optional<jsonrpc::Response> response;
  };

  Task<> serve();
  Task<> read_messages();
  Task<> write_messages();
  Task<> send(jsonrpc::Message message);
  void send_now(const jsonrpc::Message& message);
  void take(jsonrpc::Message message);
  void take_request(jsonrpc::Request request);
  void take_response(jsonrpc::Response response);
  Task<> answer_unless_cancelled(jsonrpc::Request request);
  Task<jsonrpc::Response> answer(jsonrpc::Request request);
  Task<jsonrpc::Response> listen(jsonrpc::Request request);

  Executor executor_;
  Server& server_;
  Pipe& pipe_;
  Log log_;
  TaskScope tasks_;
  TaskDesk task_desk_;
  ModernServer modern_;
  LegacySession legacy_;
  std::map<jsonrpc::Id, StopSwitch> at_work_;
  std::size_t listening_ = 0;  ///< of those at work; they end only with the connection
  std::map<std::int64_t, Asked*> asked_;
  std::int64_t next_id_ = 1;
  std::string unwritten_;
  bool writing_ = false;
  Wakeup something_to_write_;
  Signal unwritten_changed_;
};

Task<> Connection::serve() {
  using namespace asio::experimental::awaitable_operators;
  const auto changes = server_.listen([this](Change change, const std::string& uri) {
    if (const auto notification = legacy_.notification_of(change, uri)) send_now(*notification);
  });
  co_await (read_messages() || write_messages());
}

Task<> Connection::read_messages() {
  for (;;) {
    auto text = co_await pipe_.read();
    if (!text) break;
    for (auto& message : jsonrpc::parse_messages(*text)) {
      if (message) {
        take(*std::move(message));
      } else {
        send_now(jsonrpc::Response{message.error().id, std::unexpected(message.error().error)});
      }
    }
  }
  const Deadline patience = SteadyClock::now() + time_to_finish;
  while (at_work_.size() > listening_ || !unwritten_.empty() || writing_) {
    const bool in_time = co_await unwritten_changed_.wait_until(patience);
    if (!in_time) break;
  }
}

Task<> Connection::write_messages() {
  for (;;) {
    while (unwritten_.empty()) co_await something_to_write_.wait();
    std::string batch = std::exchange(unwritten_, {});
    batch.pop_back();
    writing_ = true;
    const auto written = co_await pipe_.write(std::move(batch));
    writing_ = false;
    unwritten_changed_.notify();
    if (!written) co_return;
  }
}

Task<> Connection::send(jsonrpc::Message message) {
  while (unwritten_.size() > max_unwritten_bytes) co_await unwritten_changed_.wait();
  send_now(message);
}

void Connection::send_now(const jsonrpc::Message& message) {
  jsonrpc::append(message, unwritten_);
  unwritten_ += '\n';
  something_to_write_.notify();
}

void Connection::take(jsonrpc::Message message) {
  std::visit(Overloaded{[&](jsonrpc::Request& request) { take_request(std::move(request)); },
                        [&](jsonrpc::Response& response) { take_response(std::move(response)); },
                        [&](jsonrpc::Notification& notification) {
                          if (notification.method != "notifications/cancelled") return;
                          const auto id = jsonrpc::id_from(notification.params.if_contains("requestId"));
                          const auto found = id ? at_work_.find(*id) : at_work_.end();
                          if (found != at_work_.end()) found->second.stop();
                        }},
             message);
}

void Connection::take_request(jsonrpc::Request request) {
  if (at_work_.contains(request.id)) {
    send_now(jsonrpc::failure(request.id, error_code::invalid_request, "a request with this id is under way"));
  } else if (at_work_.size() >= max_requests) {
    send_now(jsonrpc::failure(request.id, error_code::internal_error, "too many requests are under way"));
  } else {
    tasks_.spawn("mcp.request", answer_unless_cancelled(std::move(request)));
  }
}

void Connection::take_response(jsonrpc::Response response) {
  const auto* id = response.id ? std::get_if<std::int64_t>(&*response.id) : nullptr;
  const auto found = id ? asked_.find(*id) : asked_.end();
  if (found == asked_.end()) return;
  found->second->response = std::move(response);
  found->second->changed.notify();
}

Task<> Connection::answer_unless_cancelled(jsonrpc::Request request) {
  struct Entry {
    std::map<jsonrpc::Id, StopSwitch>& all;
    std::map<jsonrpc::Id, StopSwitch>::iterator mine;
    Signal& changed;
    ~Entry() { all.erase(mine), changed.notify(); }
  };
  const Entry entry{at_work_, at_work_.try_emplace(request.id).first, unwritten_changed_};
  auto response = co_await entry.mine->second.run(answer(std::move(request)));
  if (!response) co_return;  // a cancelled request gets no response
  co_await send(*std::move(response));
}

Task<jsonrpc::Response> Connection::answer(jsonrpc::Request request) {
  // Before `initialize` nobody is legacy: a request without the modern envelope learns what it lacks from that era.
  const bool is_modern = ModernServer::speaks(request.params);
  if (!is_modern) co_return co_await legacy_.answer(std::move(request), *this);
  if (request.method == "subscriptions/listen") co_return co_await listen(std::move(request));
  co_return co_await modern_.answer(std::move(request), *this);
}

Task<jsonrpc::Response> Connection::listen(jsonrpc::Request request) {
  const auto said = ModernServer::envelope(request.params);
  if (!said) co_return jsonrpc::Response{request.id, std::unexpected(said.error())};
  if (auto problem = ModernServer::version_problem(said->version)) {
    co_return jsonrpc::Response{request.id, std::unexpected(*std::move(problem))};
  }
  struct Counted {
    std::size_t& count;
    explicit Counted(std::size_t& c) : count(c) { ++count; }
    ~Counted() { --count; }
  } const counted{listening_};
  const json::object filter = modern_.accepted_filter(request.params);
  co_await send(ModernServer::acknowledgement(filter, request.id));
  const auto changes = server_.listen([&](Change change, const std::string& uri) {
    if (const auto told = modern_.notification_of(change, uri, filter, request.id)) send_now(*told);
  });
  const auto interests = modern_.interests(filter);
  co_await sleep_until(Deadline::max());
  co_return jsonrpc::result(request.id, {});
}

Task<Result<jsonrpc::Response>> Connection::ask(std::string method, json::object params) {
  const std::int64_t id = next_id_++;
  Asked asked(executor_);
  struct Entry {
    Connection& connection;
    std::int64_t id;
    const Asked& asked;
    ~Entry() {
      connection.asked_.erase(id);
      // Unwinding: the client need not bother a person any longer.
      if (!asked.response) connection.send_now(jsonrpc::Notification{"notifications/cancelled", {{"requestId", id}}});
    }
  } const entry{*this, id, asked};
  asked_.emplace(id, &asked);
  jsonrpc::Request request{id, std::move(method), std::move(params)};
  co_await send(std::move(request));
  while (!asked.response) co_await asked.changed.wait();
  co_return *std::move(asked.response);
}

}  // namespace

Task<> serve_pipe(Server& server, Pipe& pipe, Log log) {
  Connection connection(co_await asio::this_coro::executor, server, pipe, std::move(log));
  std::exception_ptr unwinding;
  try {
    co_await connection.run();
  } catch (...) {
    unwinding = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await pipe.close();
  if (unwinding) std::rethrow_exception(unwinding);
}

}  // namespace convoke::mcp
