#pragma once
#include <deque>
#include <optional>
#include <string>

#include "base/signal.hpp"
#include "mcp/jsonrpc.hpp"
#include "net/http_server.hpp"

namespace convoke::mcp {

/// What the server has to say on one HTTP stream, from whoever says it to the connection that shows it. A stream with a
/// name can be shown again from an event on: its events have ids "name-1", "name-2", ..., and "name-0" is the
/// beginning. Holds at most 1024 events and 16 MiB; beyond that the oldest are forgotten, and a reader who still wanted
/// one loses its connection. Used from one loop only.
class OutStream {
 public:
  explicit OutStream(Executor executor, std::string name = {});

  void push(const jsonrpc::Message& message);
  /// The last word: the response. If nothing was pushed before, it can as well be shown as plain JSON.
  void finish(jsonrpc::Response response);
  /// Ends every reader's connection, for the client to come back; what is said meanwhile waits. Only with a name.
  void drop_readers(std::chrono::milliseconds come_back_after);

  /// Whether something was pushed, other than the response.
  bool has_messages() const { return has_messages_; }
  bool is_finished() const { return response_.has_value(); }
  const std::optional<jsonrpc::Response>& response() const { return response_; }
  bool has_reader() const { return readers_ > 0; }
  const std::string& name() const { return name_; }

  /// Waits until something was pushed or finished, at most until `deadline`.
  Task<bool> changed(Deadline deadline);

  /// Shows every event after number `after`, and what follows, until the stream is finished or the reader gone. A
  /// comment every 20 seconds shows that the connection lives. `priming` opens with an empty event that has only an id.
  Task<> write_to(net::BodyWriter& writer, std::uint64_t after, bool priming);

 private:
  std::string event_text(std::uint64_t number, const std::string& data) const;
  void keep(std::string data);
  Task<bool> write_pending(net::BodyWriter& writer, std::uint64_t& after);

  std::string name_;
  std::deque<std::string> events_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;  ///< number of the next event; `events_` holds the ones right before
  bool has_messages_ = false;
  std::optional<jsonrpc::Response> response_;
  int readers_ = 0;
  std::uint64_t drops_ = 0;
  std::chrono::milliseconds retry_{0};
  Signal changed_;
};

}  // namespace convoke::mcp
