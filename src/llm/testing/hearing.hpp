#pragma once
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

#include "llm/reply_stream.hpp"

namespace convoke {

/// Everything one answer brings: what was shown and what it ended with, in a form that compares.
struct Heard {
  std::string text{};
  std::string reasoning{};
  std::vector<std::string> started{};
  Reply reply{};
  std::string error{};
  FailureKind kind{};
  RetryAdvice retry{};
  Message partial{};
};

/// Writes down what a stream shows.
class Listener {
 public:
  ShowDelta show() {
    return [this](const Delta& delta) {
      if (const auto* text = std::get_if<TextDelta>(&delta)) heard_.text += text->text;
      if (const auto* thought = std::get_if<ReasoningDelta>(&delta)) heard_.reasoning += thought->text;
      if (const auto* call = std::get_if<ToolCallStarted>(&delta)) heard_.started.emplace_back(call->name);
    };
  }

  Heard end(ReplyResult result) {
    if (result) {
      heard_.reply = std::move(*result);
    } else {
      heard_.error = result.error().error.message;
      heard_.kind = result.error().kind;
      heard_.retry = result.error().retry;
      heard_.partial = result.error().partial;
    }
    return heard_;
  }

 private:
  Heard heard_;
};

/// A stream with these events, of data alone.
inline std::string event_stream(std::initializer_list<std::string_view> events) {
  std::string bytes;
  for (const std::string_view event : events) bytes += "data: " + std::string(event) + "\n\n";
  return bytes;
}

/// Feeds `bytes` to an answer of a wire, in two pieces.
inline Heard hear_with(std::unique_ptr<ReplyBuilder> builder, std::string_view bytes, std::size_t cut = 0) {
  Listener listener;
  ReplyStream stream(std::move(builder));
  if (stream.feed(bytes.substr(0, cut), listener.show()) == Wanted::more) {
    stream.feed(bytes.substr(cut), listener.show());
  }
  return listener.end(stream.finish(listener.show()));
}

/// The same for a body that came whole.
inline Heard hear_whole_with(std::unique_ptr<ReplyBuilder> builder, std::string_view body) {
  Listener listener;
  ReplyStream stream(std::move(builder));
  stream.feed_whole(body, listener.show());
  return listener.end(stream.finish(listener.show()));
}

/// The bytes of a file in a folder of recorded answers.
inline std::string recording_in(const std::string& folder, const std::string& name) {
  std::ifstream file(folder + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "" if two readings mean the same, else what differs. Ids made up by us do not count.
inline std::string difference(const Heard& a, const Heard& b) {
  if (a.reply.message != b.reply.message) return "the message differs";
  if (a.reply.finish_reason != b.reply.finish_reason) return "the finish reason differs";
  if (a.reply.usage != b.reply.usage) return "the usage differs";
  if (a.partial != b.partial) return "the partial message differs";
  if (a.error != b.error) return "the error differs: " + a.error + " / " + b.error;
  if (a.text != b.text || a.reasoning != b.reasoning || a.started != b.started) return "what was shown differs";
  return "";
}

}  // namespace convoke
