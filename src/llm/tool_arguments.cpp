#include "llm/tool_arguments.hpp"

#include "base/json.hpp"

namespace convoke {
namespace {

constexpr std::string_view white_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

/// The inside of "```json ... ```", or `text`.
std::string_view without_code_fence(std::string_view text) {
  if (!text.starts_with("```") || !text.ends_with("```") || text.size() < 6) return text;
  const auto first_line_end = text.find('\n');
  if (first_line_end == std::string_view::npos || first_line_end + 3 > text.size()) return text;
  return trimmed(text.substr(first_line_end, text.size() - 3 - first_line_end));
}

std::optional<json::value> parse_leniently(std::string_view text) {
  json::parse_options options;
  options.allow_trailing_commas = true;
  options.max_depth = max_json_depth;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

json::parse_options strict_options() {
  json::parse_options options;
  options.max_depth = max_json_depth;
  return options;
}

/// How many bytes the first document of `text` takes; 0 if it is not whole.
std::size_t first_document(std::string_view text) {
  json::stream_parser parser({}, strict_options());
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);  // a number at the very end is whole only now
  return error ? 0 : used;
}

}  // namespace

bool is_complete_json(std::string_view text) {
  const std::size_t used = first_document(text);
  return used != 0 && trimmed(text.substr(used)).empty();
}

std::vector<std::string_view> split_json_documents(std::string_view text) {
  std::vector<std::string_view> documents;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const std::size_t used = first_document(text);
    if (used == 0) return {};
    documents.push_back(trimmed(text.substr(0, used)));
    text.remove_prefix(used);
  }
  return documents;
}

std::string repaired_arguments(std::string text) {
  const std::string_view inner = without_code_fence(trimmed(text));
  if (inner.empty() || inner == "null") return "{}";
  auto value = parse_leniently(inner);
  if (!value) return text;
  if (const json::string* encoded = value->if_string()) {
    auto decoded = encoded->empty() ? json::value(json::object{}) : parse_leniently(*encoded);
    if (!decoded || !decoded->is_object()) return text;
    return json::serialize(*decoded);
  }
  if (!value->is_object()) return text;
  if (is_complete_json(inner)) return std::string(inner);  // the model's own spelling, number forms included
  return json::serialize(*value);
}

}  // namespace convoke
