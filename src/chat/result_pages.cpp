#include "chat/result_pages.hpp"

#include <fmt/format.h>

#include "base/utf8.hpp"

namespace convoke {
namespace {

constexpr std::size_t shrunk_bytes = 400;

/// The first page of `text`.
std::string_view front_page(std::string_view text, std::size_t page_bytes) {
  const std::string_view page = utf8_prefix(text, page_bytes);
  if (page.size() == text.size()) return page;
  const std::size_t line_end = page.rfind('\n');
  return line_end != std::string_view::npos && line_end >= page.size() / 2 ? page.substr(0, line_end + 1) : page;
}

}  // namespace

std::string_view page_of(std::string_view text, std::size_t number, std::size_t page_bytes) {
  for (std::size_t i = 1; i < number && !text.empty(); ++i) text.remove_prefix(front_page(text, page_bytes).size());
  return number == 0 ? std::string_view() : front_page(text, page_bytes);
}

std::size_t count_pages(std::string_view text, std::size_t page_bytes) {
  std::size_t pages = 0;
  do {
    text.remove_prefix(front_page(text, page_bytes).size());
    ++pages;
  } while (!text.empty());
  return pages;
}

ToolResult shown_result(ToolResult result, std::string_view result_id, std::size_t page_bytes) {
  const std::size_t pages = count_pages(result.text, page_bytes);
  if (pages == 1) return result;
  const std::size_t bytes = result.text.size();
  result.text.resize(front_page(result.text, page_bytes).size());
  result.text += result_id.empty()
                     ? fmt::format("\n[cut here: the first of {} pages, {} bytes in all]", pages, bytes)
                     : fmt::format(
                           "\n[cut here: page 1 of {}, {} bytes in all. Read on with read_result, id \"{}\", "
                           "page 2]",
                           pages, bytes, result_id);
  return result;
}

ToolResult shrunk_result(ToolResult result, std::string_view result_id) {
  const bool is_long = result.text.size() > 2 * shrunk_bytes;
  if (!result.images.empty()) {
    result.images.clear();
    if (!is_long) result.text += "\n[its pictures were left out to make room]";
  }
  if (!is_long) return result;
  result.text.resize(utf8_prefix(result.text, shrunk_bytes).size());
  result.text += result_id.empty() ? "\n[the rest was left out to make room]"
                                   : fmt::format(
                                         "\n[the rest was left out to make room. Read it again with "
                                         "read_result, id \"{}\", page 1]",
                                         result_id);
  return result;
}

}  // namespace convoke
