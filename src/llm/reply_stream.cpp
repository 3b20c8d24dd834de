#include "llm/reply_stream.hpp"

#include <algorithm>

#include "llm/tool_arguments.hpp"

namespace convoke {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t longest_unread = 64 * 1024;  // an error, or a short answer

/// What is left of a body without what may stand before its JSON.
std::string_view from_first_character(std::string_view body) {
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  return body.substr(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
}

/// What had arrived of an answer that we have ended: to its reader it is unfinished, to us it is the answer.
ReplyResult cut_short(ReplyResult unfinished) {
  Reply cut{.finish_reason = FinishReason::length};
  if (unfinished) {
    cut = *std::move(unfinished);
  } else {
    cut.message = std::move(unfinished.error().partial);
    cut.usage = unfinished.error().usage;
  }
  cut.is_cut_by_us = true;
  return cut;
}

bool begins_json(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }

}  // namespace

Wanted ReplyStream::feed(std::string_view bytes, const ShowDelta& show) {
  Wanted wanted = Wanted::more;
  keep_unread(bytes);
  const auto parsed = events_.feed(bytes, [&](const net::SseEvent& event) {
    wanted = take(event, show);
    return wanted == Wanted::more;
  });
  if (parsed) return wanted;
  reply_->interrupt(parsed.error());
  return Wanted::done;
}

Wanted ReplyStream::take(const net::SseEvent& event, const ShowDelta& show) {
  has_events_ = true;
  const Wanted wanted = reply_->take(event.event, text_.mended(event.data), show);
  if (wanted == Wanted::done || !is_too_long_ || !is_too_long_()) return wanted;
  is_cut_ = true;
  return Wanted::done;
}

void ReplyStream::keep_unread(std::string_view bytes) {
  if (has_events_ || unread_.size() + bytes.size() > longest_unread) return;
  if (unread_.empty()) bytes = from_first_character(bytes);
  if (!unread_.empty() || begins_json(bytes)) unread_ += bytes;
}

void ReplyStream::feed_whole(std::string_view body, const ShowDelta& show) {
  const std::string_view document = from_first_character(body);
  if (begins_json(document)) {
    has_events_ = true;
    reply_->take_body(text_.mended(document), show);
  } else {
    feed(body, show);
  }
}

ReplyResult ReplyStream::finish(const ShowDelta& show) {
  if (is_cut_) return cut_short(reply_->finish(show));
  // An event the end left without its blank line counts if it is whole; one that is not is part of a cut, no error.
  events_.finish([&](const net::SseEvent& event) {
    const bool is_whole = event.data.starts_with("[DONE]") || is_complete_json(event.data);
    if (is_whole) take(event, show);
    return true;
  });
  // Some send an error as it is, although they call it a stream of events.
  if (!has_events_ && is_complete_json(unread_)) reply_->take_body(text_.mended(unread_), show);
  return reply_->finish(show);
}

}  // namespace convoke
