#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "llm/event_text.hpp"
#include "llm/wire.hpp"
#include "net/sse_parser.hpp"

namespace convoke {

/// The bytes of one answer, cut anywhere, become deltas and one result: the event stream parser with a wire's
/// ReplyBuilder behind it. Pure. For one answer; used once.
class ReplyStream {
 public:
  /// `is_too_long` as in CallTerms; asked after each event.
  explicit ReplyStream(std::unique_ptr<ReplyBuilder> reply, std::function<bool()> is_too_long = {})
      : reply_(std::move(reply)), is_too_long_(std::move(is_too_long)) {}

  Wanted feed(std::string_view bytes, const ShowDelta& show);

  /// A body that came whole: an answer, an error, or (from servers that name the wrong type) a stream after all.
  void feed_whole(std::string_view body, const ShowDelta& show);

  /// The transport has failed; see ReplyBuilder.
  void interrupt(Error error) { reply_->interrupt(std::move(error)); }
  void set_request_id(std::string id) { reply_->set_request_id(std::move(id)); }

  ReplyResult finish(const ShowDelta& show);

 private:
  Wanted take(const net::SseEvent& event, const ShowDelta& show);
  void keep_unread(std::string_view bytes);

  std::unique_ptr<ReplyBuilder> reply_;
  std::function<bool()> is_too_long_;
  bool is_cut_ = false;
  net::SseParser events_;
  EventText text_;
  bool has_events_ = false;
  std::string unread_;  ///< what has come while there was no event: it may be a whole body after all
};

}  // namespace convoke
