#include "llm/number_text.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include "base/json.hpp"

namespace convoke {
namespace {

/// What boost's parser calls as it reads. It knows how deep it is, and how many names of the path lead there.
struct NumberFinder {
  static constexpr std::size_t max_object_size = std::size_t(-1), max_array_size = max_object_size,
                               max_key_size = max_object_size, max_string_size = max_object_size;
  using Error = boost::system::error_code;

  std::span<const std::string_view> path;
  std::optional<std::string> found{};
  std::size_t depth = 0;
  std::size_t matched = 0;
  bool is_named = false;  ///< the value that comes next is the path's next name
  std::string key{};
  std::string digits{};

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) {
    if (is_named && matched + 1 < path.size()) ++matched;
    return enter();
  }
  bool on_object_end(std::size_t, Error&) { return leave(); }
  bool on_array_begin(Error&) { return enter(); }
  bool on_array_end(std::size_t, Error&) { return leave(); }
  bool on_key_part(json::string_view part, std::size_t, Error&) {
    key += part;
    return true;
  }
  bool on_key(json::string_view part, std::size_t, Error&) {
    key += part;
    is_named = depth == matched + 1 && key == path[matched];
    key.clear();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return skip(); }
  bool on_number_part(json::string_view part, Error&) {
    digits += part;
    return true;
  }
  bool on_int64(std::int64_t, json::string_view part, Error&) { return number(part); }
  bool on_uint64(std::uint64_t, json::string_view part, Error&) { return number(part); }
  bool on_double(double, json::string_view part, Error&) { return number(part); }
  bool on_bool(bool, Error&) { return skip(); }
  bool on_null(Error&) { return skip(); }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }

 private:
  bool enter() {
    ++depth;
    return skip();
  }
  bool leave() {
    --depth;
    if (matched > 0 && matched == depth) --matched;
    return skip();
  }
  bool skip() {
    is_named = false;
    return true;
  }
  bool number(json::string_view part) {
    digits += part;
    if (is_named && matched + 1 == path.size()) found = digits;
    digits.clear();
    return skip();
  }
};

}  // namespace

std::optional<std::string> number_text(std::string_view document, std::span<const std::string_view> path) {
  if (path.empty()) return std::nullopt;
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::basic_parser<NumberFinder> parser(options, NumberFinder{.path = path});
  boost::system::error_code error;
  parser.write_some(false, document.data(), document.size(), error);
  return error ? std::nullopt : parser.handler().found;
}

}  // namespace convoke
