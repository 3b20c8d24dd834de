#include "mcp/large_json.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace convoke::mcp {

namespace {

constexpr std::size_t slice_bytes = 1024 * 1024;

/// Whole pages only. What lies there is lost, and nobody reads it again.
void release(char* first, char* last) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(first) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(last) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

Result<json::value> parse_and_release(std::string text) {
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  for (std::size_t at = 0; at < text.size(); at += slice_bytes) {
    const std::size_t size = std::min(slice_bytes, text.size() - at);
    std::size_t used = parser.done() ? 0 : parser.write_some(text.data() + at, size, error);
    if (error) return fail(Errc::invalid_input, fmt::format("not JSON at byte {}: {}", at + used, error.message()));
    if (!is_blank(std::string_view(text).substr(at + used, size - used))) {
      return fail(Errc::invalid_input, fmt::format("not JSON at byte {}: something follows the document", at + used));
    }
    release(text.data() + at, text.data() + at + size);
  }
  parser.finish(error);
  if (error) return fail(Errc::invalid_input, "not JSON: it ends too early");
  return parser.release();
}

}  // namespace convoke::mcp
