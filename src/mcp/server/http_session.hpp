#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/signal.hpp"
#include "mcp/server/legacy_session.hpp"
#include "mcp/server/out_stream.hpp"

namespace convoke::mcp {

/// One legacy client's session over HTTP: its requests under way, what it was asked, and its streams. Held together by
/// those who work for it: a request may still run when the client has ended the session. Used from one loop only.
class HttpSession {
 public:
  /// `number` is its own among the sessions of `tasks`.
  HttpSession(Executor executor, Server& server, TaskDesk& tasks, std::uint64_t number);

  LegacySession& legacy() { return legacy_; }
  void touch() { last_used_ = SteadyClock::now(); }
  Deadline last_used() const { return last_used_; }

  /// Answers a request, telling `stream` what is said on the way and, at last, the response. Ends early, without a
  /// response, when the client cancels it.
  Task<> answer(jsonrpc::Request request, std::shared_ptr<OutStream> stream);
  bool is_at_work(const jsonrpc::Id& id) const { return at_work_.contains(id); }
  std::size_t requests() const { return at_work_.size(); }

  void take(const jsonrpc::Notification& notification);
  void take(jsonrpc::Response response);

  /// A stream for a request, kept for a while for a client that lost its connection.
  std::shared_ptr<OutStream> new_stream();
  /// The stream an event id belongs to, and the number in it; nothing if it is not there any more.
  struct Place {
    std::shared_ptr<OutStream> stream;
    std::uint64_t after = 0;
  };
  std::optional<Place> place_of(std::string_view event_id) const;
  /// What is said outside of any request.
  const std::shared_ptr<OutStream>& listener() const { return listener_; }

 private:
  class StreamPeer;
  struct Asked;

  Executor executor_;
  LegacySession legacy_;
  Deadline last_used_ = SteadyClock::now();
  std::shared_ptr<OutStream> listener_;
  std::deque<std::shared_ptr<OutStream>> recent_;
  std::unique_ptr<ChangeListener> changes_;
  std::map<jsonrpc::Id, Signal> at_work_;
  std::map<std::int64_t, Asked*> asked_;
  std::int64_t next_id_ = 1;
  std::uint64_t next_stream_ = 1;
};

}  // namespace convoke::mcp
