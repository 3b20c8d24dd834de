#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "mcp/transport/transport.hpp"
#include "net/http_client.hpp"
#include "net/sse_parser.hpp"

namespace convoke::mcp {

/// Reads the messages of one event stream, which may span several HTTP answers: each resumes where the last one broke
/// off. Pure but for the log.
class EventStream {
 public:
  /// `awaited` is the request whose response ends the stream; none for a stream that only listens.
  EventStream(std::optional<jsonrpc::Id> awaited, const OnMessage& on_message, std::size_t max_message_bytes, Log log);

  /// Feeds bytes; says `done` once the awaited response is there or the stream cannot be read on.
  net::BodyWanted feed(std::string_view bytes);
  /// A new HTTP answer begins.
  void restart();

  std::optional<jsonrpc::Response>& response() { return response_; }
  const std::optional<Error>& problem() const { return problem_; }
  /// The id to resume after; empty: the stream cannot be resumed.
  const std::string& last_event_id() const { return last_event_id_; }
  /// How long to wait before that.
  std::chrono::milliseconds retry() const { return retry_; }

 private:
  bool take(const net::SseEvent& event);
  void take_message(jsonrpc::Message message);

  std::optional<jsonrpc::Id> awaited_;
  const OnMessage& on_message_;
  std::size_t max_message_bytes_;
  Log log_;
  net::SseParser parser_;
  std::optional<jsonrpc::Response> response_;
  std::optional<Error> problem_;
  std::string last_event_id_;
  std::chrono::milliseconds retry_{1'000};
};

}  // namespace convoke::mcp
