#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke::net {

/// One dispatched event of a text/event-stream. The views live during the call that hands them out.
struct SseEvent {
  std::string_view event;  ///< "" where the stream named none
  std::string_view data;   ///< several data lines joined with \n; may be empty when only id or retry were sent
  std::optional<std::string_view> id;
  std::optional<std::int64_t> retry_ms;
};

/// Incremental parser of text/event-stream (WHATWG HTML, section 9.2), tolerant where real servers sin: LF, CR or CRLF,
/// cut anywhere; a byte order mark; comments; `data:` with or without a space. Pure: bytes in, events out.
class SseParser {
 public:
  explicit SseParser(std::size_t max_event_bytes = 8 * 1024 * 1024) : max_event_bytes_(max_event_bytes) {}

  /// Feeds bytes; `on_event` is called for each event they complete. Returning false from it stops the parsing of the
  /// rest. `protocol` when an event outgrows the bound.
  Result<void> feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event);

  /// The stream has ended: hands out an event that no blank line closed. (The standard discards it; some servers omit
  /// the last blank line.) Callers that must not use it simply do not call this.
  void finish(const std::function<bool(const SseEvent&)>& on_event);

 private:
  bool take_line(std::string_view line, const std::function<bool(const SseEvent&)>& on_event);
  bool dispatch(const std::function<bool(const SseEvent&)>& on_event);

  std::size_t max_event_bytes_;
  std::string line_;  ///< an incomplete line
  std::string event_;
  std::string data_;
  std::optional<std::string> id_;
  std::optional<std::int64_t> retry_ms_;
  bool has_data_ = false;
  bool at_start_ = true;
  bool after_cr_ = false;
};

}  // namespace convoke::net
