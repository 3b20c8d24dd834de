#include "net/sse_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace convoke::net {
namespace {

/// Finds line ends. Each kind is searched for only once per position, so a stream that uses one kind alone is not
/// scanned to its end for the other after every line.
class LineEnds {
 public:
  explicit LineEnds(std::string_view bytes) : bytes_(bytes), lf_(bytes.find('\n')), cr_(bytes.find('\r')) {}

  std::size_t next(std::size_t from) {
    if (lf_ < from) lf_ = bytes_.find('\n', from);
    if (cr_ < from) cr_ = bytes_.find('\r', from);
    return std::min(lf_, cr_);
  }

 private:
  std::string_view bytes_;
  std::size_t lf_;
  std::size_t cr_;
};

/// Digits only, as the standard wants it; anything else, and what does not fit, is no delay at all.
std::optional<std::int64_t> parse_retry(std::string_view value) {
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

Result<void> SseParser::feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event) {
  LineEnds ends(bytes);
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (std::exchange(after_cr_, false) && bytes[at] == '\n') {
      ++at;
      continue;
    }
    const std::size_t end = ends.next(at);
    const std::string_view piece = bytes.substr(at, end - at);
    if (line_.size() + piece.size() + event_.size() + data_.size() > max_event_bytes_) {
      return fail(Errc::protocol,
                  "an event of the stream is larger than " + std::to_string(max_event_bytes_) + " bytes");
    }
    if (end == std::string_view::npos) {
      line_ += piece;
      break;
    }
    after_cr_ = bytes[end] == '\r';
    at = end + 1;
    bool wants_more = false;
    if (line_.empty()) {
      wants_more = take_line(piece, on_event);
    } else {
      line_ += piece;
      wants_more = take_line(line_, on_event);
      line_.clear();
    }
    if (!wants_more) break;
  }
  return {};
}

void SseParser::finish(const std::function<bool(const SseEvent&)>& on_event) {
  if (!line_.empty()) take_line(line_, on_event);
  line_.clear();
  after_cr_ = false;
  at_start_ = true;
  dispatch(on_event);
}

bool SseParser::take_line(std::string_view line, const std::function<bool(const SseEvent&)>& on_event) {
  if (std::exchange(at_start_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) return dispatch(on_event);

  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);

  if (field == "data") {
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  } else if (field == "event") {
    event_ = value;
  } else if (field == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (field == "retry") {
    if (const auto delay = parse_retry(value)) retry_ms_ = delay;
  }
  return true;  // an empty field name is a comment, an unknown one is ignored
}

bool SseParser::dispatch(const std::function<bool(const SseEvent&)>& on_event) {
  bool wants_more = true;
  if (has_data_ || id_ || retry_ms_)
    wants_more = on_event({.event = event_, .data = data_, .id = id_, .retry_ms = retry_ms_});
  event_.clear();
  data_.clear();
  id_.reset();
  retry_ms_.reset();
  has_data_ = false;
  return wants_more;
}

}  // namespace convoke::net
