#include "mcp/transport/line_splitter.hpp"

#include <fmt/format.h>

namespace convoke::mcp {

namespace {

void hand_out(std::string line, const std::function<void(std::string line)>& on_line) {
  if (line.ends_with('\r')) line.pop_back();
  if (line.find_first_not_of(" \t") != std::string::npos) on_line(std::move(line));
}

}  // namespace

Result<void> LineSplitter::feed(std::string_view bytes, const std::function<void(std::string line)>& on_line) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    if (partial_.size() + end > max_line_bytes_) break;
    partial_.append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    hand_out(std::exchange(partial_, {}), on_line);
  }
  if (partial_.size() + std::min(bytes.size(), bytes.find('\n')) > max_line_bytes_) {
    return fail(Errc::protocol, fmt::format("a message is longer than {} bytes", max_line_bytes_));
  }
  partial_.append(bytes);
  return {};
}

void LineSplitter::finish(const std::function<void(std::string line)>& on_line) {
  hand_out(std::exchange(partial_, {}), on_line);
}

}  // namespace convoke::mcp
