// Whatever the bytes and wherever they are cut, the parser sees the same events.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/sse_parser.hpp"

namespace {

constexpr std::size_t max_event_bytes = 4096;

/// What a parser saw, as one text. It stops at the first event that is too large.
std::string seen_in(std::string_view bytes, std::size_t piece) {
  std::string seen;
  const auto note = [&seen](const convoke::net::SseEvent& event) {
    seen.append(event.event).append("|").append(event.data).append("|").append(event.id.value_or("-"));
    seen.append("|").append(std::to_string(event.retry_ms.value_or(-1))).append("\n");
    return true;
  };
  convoke::net::SseParser parser(max_event_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!parser.feed(bytes.substr(at, piece), note)) return seen;
  }
  parser.finish(note);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 17;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (seen_in(bytes, piece) != seen_in(bytes, bytes.size() + 1)) std::abort();
  return 0;
}
