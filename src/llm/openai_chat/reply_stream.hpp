#pragma once
#include <string_view>

#include "llm/openai_chat/reply_accumulator.hpp"
#include "net/sse_parser.hpp"

namespace convoke::openai_chat {

/// The bytes of one answer, cut anywhere, become deltas and one result: the event stream parser and the accumulator
/// behind it. Pure. For one answer; used once.
class ReplyStream {
 public:
  explicit ReplyStream(ReplyOptions options) : reply_(std::move(options)) {}

  Wanted feed(std::string_view bytes, const ShowDelta& show);

  /// A body that came whole: a completion, an error, or (from servers that name the wrong type) a stream after all.
  void feed_whole(std::string_view body, const ShowDelta& show);

  /// The transport has failed; see ReplyAccumulator.
  void interrupt(Error error) { reply_.interrupt(std::move(error)); }
  void set_request_id(std::string id) { reply_.set_request_id(std::move(id)); }

  ReplyResult finish(const ShowDelta& show);

  const std::string& refused_parameter() const { return reply_.refused_parameter(); }

 private:
  ReplyAccumulator reply_;
  net::SseParser events_;
};

}  // namespace convoke::openai_chat
