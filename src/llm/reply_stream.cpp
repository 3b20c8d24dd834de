#include "llm/reply_stream.hpp"

#include "llm/tool_arguments.hpp"

namespace convoke {

Wanted ReplyStream::feed(std::string_view bytes, const ShowDelta& show) {
  Wanted wanted = Wanted::more;
  const auto parsed = events_.feed(bytes, [&](const net::SseEvent& event) {
    wanted = reply_->take(event.event, event.data, show);
    return wanted == Wanted::more;
  });
  if (parsed) return wanted;
  reply_->interrupt(parsed.error());
  return Wanted::done;
}

void ReplyStream::feed_whole(std::string_view body, const ShowDelta& show) {
  const auto first = body.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
  if (is_json) {
    reply_->take_body(body, show);
  } else {
    feed(body, show);
  }
}

ReplyResult ReplyStream::finish(const ShowDelta& show) {
  // An event the end left without its blank line counts if it is whole; one that is not is part of a cut, no error.
  events_.finish([&](const net::SseEvent& event) {
    const bool is_whole = event.data.starts_with("[DONE]") || is_complete_json(event.data);
    if (is_whole) reply_->take(event.event, event.data, show);
    return true;
  });
  return reply_->finish(show);
}

}  // namespace convoke
