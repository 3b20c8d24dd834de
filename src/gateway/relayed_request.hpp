#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/signal.hpp"
#include "base/task_scope.hpp"
#include "mcp/client/client_options.hpp"
#include "mcp/server/request_context.hpp"

namespace convoke {

/// What a server wants to know of the client on whose behalf it works, and what it was told.
struct RelayedQuestion {
  struct Roots {};
  using Request = std::variant<mcp::ElicitRequest, mcp::SamplingRequest, Roots>;
  using Answer = std::variant<mcp::ElicitResult, mcp::SamplingResult, std::vector<mcp::Root>>;
  std::string key;  ///< the server's, as far as it is unlike any other of this request
  Request request;
  std::optional<Result<Answer>> answer{};
};

/// A request at a server that is made for a client of ours. It runs as a task of its own, since a modern client may
/// leave while the server waits for an answer, and come back with it in another request.
class RelayedRequest {
 public:
  RelayedRequest(Executor executor, std::string id) : id_(std::move(id)), changed_(executor) {}

  /// What the server may ask, put into `questions`. Held by the request at the server.
  static std::shared_ptr<const mcp::HostCallbacks> host(const std::shared_ptr<RelayedRequest>& self);
  /// How the request is made at the server: for this client, whose wishes and abilities are handed on.
  static mcp::CallOptions options(const std::shared_ptr<RelayedRequest>& self, const mcp::RequestContext& context);

  /// Brings what happens to the client until the request has ended. False when it waits for the client to come back.
  Task<bool> serve(mcp::RequestContext& context);

  const std::string& id() const { return id_; }

  /// The server's error as it came, if the request has ended with one.
  const std::optional<mcp::jsonrpc::ErrorObject>& refusal() const { return refusal_; }

  void progressed(const mcp::Progress& progress);
  void logged(const mcp::LogMessage& message);
  /// The server has made a task of it.
  void become_task();
  void end();
  /// The client wants it no more.
  void abandon();
  Task<> abandoned();

 private:
  Task<Result<RelayedQuestion::Answer>> ask(std::string key, RelayedQuestion::Request request);
  std::string free_key(const std::string& wanted) const;
  Task<> tell_progress(mcp::RequestContext& context);
  Task<bool> put_to_client(mcp::RequestContext& context, RelayedQuestion& question);
  Task<bool> put_open_questions(mcp::RequestContext& context);
  Task<> tell_log(mcp::RequestContext& context);
  bool has_open_question() const;

  std::string id_;
  Signal changed_;
  std::deque<RelayedQuestion> questions_;  ///< a deque: whoever asks holds a reference to theirs
  // What the client was not told yet.
  std::optional<mcp::Progress> progress_;
  std::deque<mcp::LogMessage> log_;
  std::optional<mcp::jsonrpc::ErrorObject> refusal_;
  bool is_task_ = false;
  bool ended_ = false;
  bool abandoned_ = false;
};

/// All requests of one kind of result that are under way at servers, from whatever client. Used from one loop only.
template <class T>
class RelayedRequests {
 public:
  using Request = std::function<Task<Result<T>>(mcp::CallOptions)>;

  /// `tasks` must outlive it and run while requests are made.
  RelayedRequests(Executor executor, TaskScope& tasks) : executor_(std::move(executor)), tasks_(tasks) {}

  /// Makes the request, or goes on with the one that the client answers a question of.
  Task<Result<T>> make(mcp::RequestContext& context, Request request);

 private:
  struct Entry {
    std::shared_ptr<RelayedRequest> relay;
    std::optional<Result<T>> outcome;
  };
  Task<Result<std::shared_ptr<Entry>>> entry_for(mcp::RequestContext& context, Request request);
  Task<> work(std::shared_ptr<Entry> entry, Request request, mcp::CallOptions options);

  Executor executor_;
  TaskScope& tasks_;
  std::map<std::string, std::shared_ptr<Entry>> waiting_;  ///< for their client to come back, by id
};

/// The id of the request whose question the client answers, if it answers one.
std::optional<std::string> relay_of(const mcp::RequestContext& context);
void keep_relay(mcp::RequestContext& context, const std::string& id);
/// Whether an error of the server's means the same to our client. Else it gets our words.
bool is_for_clients(const mcp::jsonrpc::ErrorObject& error, const mcp::RequestContext& context);
std::string new_relay_id();
/// Requests of one kind that may wait for their clients.
inline constexpr std::size_t max_waiting_relays = 1'000;

template <class T>
Task<Result<T>> RelayedRequests<T>::make(mcp::RequestContext& context, Request request) {
  std::shared_ptr<Entry> entry;
  if (const auto id = relay_of(context)) {
    const auto found = waiting_.find(*id);
    if (found == waiting_.end()) co_return fail(Errc::conflict, "the question was answered too late; ask again");
    entry = found->second;
    waiting_.erase(found);
  } else {
    entry = std::make_shared<Entry>(std::make_shared<RelayedRequest>(executor_, new_relay_id()));
    tasks_.spawn("mcp.relay", work(entry, std::move(request), RelayedRequest::options(entry->relay, context)));
  }
  struct Leave {
    RelayedRequest* relay;
    ~Leave() {
      if (relay) relay->abandon();
    }
  } leave{entry->relay.get()};
  const bool ended = co_await entry->relay->serve(context);
  if (ended) {
    if (const auto& refusal = entry->relay->refusal(); refusal && is_for_clients(*refusal, context)) {
      context.refuse(*refusal);
    }
    co_return *std::move(entry->outcome);
  }
  if (waiting_.size() >= max_waiting_relays) co_return fail(Errc::exhausted, "too many questions are open");
  leave.relay = nullptr;
  keep_relay(context, entry->relay->id());
  waiting_.emplace(entry->relay->id(), entry);
  co_return fail(Errc::unavailable, "input is required");
}

/// The request at the server, from its beginning to its end.
template <class T>
Task<> RelayedRequests<T>::work(std::shared_ptr<Entry> entry, Request request, mcp::CallOptions options) {
  using namespace asio::experimental::awaitable_operators;
  auto first = co_await (request(std::move(options)) || entry->relay->abandoned());
  if (first.index() == 0) entry->outcome = std::get<0>(std::move(first));
  if (first.index() == 1) entry->outcome = fail(Errc::cancelled, "the client wants it no more");
  entry->relay->end();
  waiting_.erase(entry->relay->id());
}

}  // namespace convoke
