// A stream of bytes from a server, over a pipe or HTTP: however it is cut into pieces, the same messages come out.
#include <cstdlib>
#include <string>
#include <vector>

#include "mcp/transport/event_stream.hpp"
#include "mcp/transport/http_answer.hpp"
#include "mcp/transport/line_splitter.hpp"

namespace {

using namespace convoke;
using namespace convoke::mcp;

constexpr std::size_t max_line = 4096;

std::vector<std::string> lines_of(std::string_view text, std::size_t piece) {
  std::vector<std::string> lines;
  const auto keep = [&](std::string line) { lines.push_back(std::move(line)); };
  LineSplitter splitter(max_line);
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!splitter.feed(text.substr(at, piece), keep)) return {"too long"};
  }
  splitter.finish(keep);
  return lines;
}

std::vector<std::string> messages_of(std::string_view text, std::size_t piece) {
  std::vector<std::string> messages;
  const OnMessage keep = [&](jsonrpc::Message message) { messages.push_back(jsonrpc::serialise(message)); };
  EventStream stream(jsonrpc::Id{1}, keep, max_line, Log{});
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (stream.feed(text.substr(at, piece)) == net::BodyWanted::done) break;
  }
  if (stream.response()) messages.push_back(jsonrpc::serialise(*stream.response()));
  return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t piece = 1 + bytes[0] % 16;
  if (size < max_line && lines_of(text, piece) != lines_of(text, size)) std::abort();
  static_cast<void>(messages_of(text, piece));
  static_cast<void>(response_in(text, 1));
  return 0;
}
