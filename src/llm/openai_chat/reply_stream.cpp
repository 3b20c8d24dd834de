#include "llm/openai_chat/reply_stream.hpp"

namespace convoke::openai_chat {

Wanted ReplyStream::feed(std::string_view bytes, const ShowDelta& show) {
  Wanted wanted = Wanted::more;
  const auto parsed = events_.feed(bytes, [&](const net::SseEvent& event) {
    wanted = reply_.take(event.event, event.data, show);
    return wanted == Wanted::more;
  });
  if (parsed) return wanted;
  reply_.interrupt(parsed.error());
  return Wanted::done;
}

void ReplyStream::feed_whole(std::string_view body, const ShowDelta& show) {
  const auto first = body.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
  if (is_json) {
    reply_.take_body(body, show);
  } else {
    feed(body, show);
  }
}

ReplyResult ReplyStream::finish(const ShowDelta& show) {
  events_.finish([&](const net::SseEvent& event) {
    reply_.take_unclosed(event.event, event.data, show);
    return true;
  });
  return reply_.finish(show);
}

}  // namespace convoke::openai_chat
