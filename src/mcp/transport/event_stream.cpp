#include "mcp/transport/event_stream.hpp"

namespace convoke::mcp {

EventStream::EventStream(std::optional<jsonrpc::Id> awaited, const OnMessage& on_message, std::size_t max_message_bytes,
                         Log log)
    : awaited_(std::move(awaited)),
      on_message_(on_message),
      max_message_bytes_(max_message_bytes),
      log_(std::move(log)),
      parser_(max_message_bytes) {}

void EventStream::restart() { parser_ = net::SseParser(max_message_bytes_); }

net::BodyWanted EventStream::feed(std::string_view bytes) {
  const auto fed = parser_.feed(bytes, [this](const net::SseEvent& event) { return take(event); });
  if (!fed) problem_ = fed.error();
  return response_ || problem_ ? net::BodyWanted::done : net::BodyWanted::more;
}

bool EventStream::take(const net::SseEvent& event) {
  constexpr std::chrono::milliseconds longest_retry{60'000};
  if (event.id) last_event_id_ = *event.id;
  if (event.retry_ms) retry_ = std::min(std::chrono::milliseconds(*event.retry_ms), longest_retry);
  const bool carries_messages = event.event.empty() || event.event == "message";
  if (event.data.empty() || !carries_messages) return true;
  for (auto& message : jsonrpc::parse_messages(event.data)) {
    if (message) {
      take_message(*std::move(message));
    } else {
      log_.warning("mcp.event_skipped", {{"reason", message.error().error.message}, {"bytes", event.data.size()}});
    }
  }
  return !response_;
}

void EventStream::take_message(jsonrpc::Message message) {
  auto* response = std::get_if<jsonrpc::Response>(&message);
  if (!response) return on_message_(std::move(message));
  // An error without an id belongs to the request whose stream it came on.
  const bool ours = awaited_ && (response->id ? response->id == awaited_ : !response->outcome);
  if (ours && !response_) response_ = std::move(*response);
}

}  // namespace convoke::mcp
