#include "mcp/codec/tool_headers.hpp"

#include <fmt/format.h>

#include <set>

#include "mcp/codec/base64.hpp"

namespace convoke::mcp {

namespace {

constexpr std::string_view annotation = "x-mcp-header";
constexpr std::string_view open_marker = "=?base64?";
constexpr std::string_view close_marker = "?=";
constexpr int max_schema_depth = 64;

bool is_token(std::string_view name) {
  const auto is_tchar = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  };
  return !name.empty() && std::ranges::all_of(name, is_tchar);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// Walks a schema. An annotation counts only on a property that is reached through `properties` alone; anywhere else it
/// makes the tool invalid.
class Walk {
 public:
  Result<void> schema(const json::value& value, bool reachable, int depth) {
    if (depth > max_schema_depth) return fail(Errc::protocol, "the schema nests too deeply");
    if (const json::array* list = value.if_array()) {
      for (const json::value& element : *list) CHECK_OK(schema(element, false, depth + 1));
      return {};
    }
    const json::object* object = value.if_object();
    if (!object) return {};
    if (const json::value* name = object->if_contains(annotation)) CHECK_OK(annotated(*object, *name, reachable));
    for (const auto& [key, member] : *object) {
      if (key == "properties" && member.is_object()) {
        CHECK_OK(properties(member.as_object(), reachable, depth));
      } else if (key != "default" && key != "const" && key != "enum" && key != "examples") {
        CHECK_OK(schema(member, false, depth + 1));
      }
    }
    return {};
  }

  std::vector<MirroredArgument> found;

 private:
  Result<void> properties(const json::object& members, bool reachable, int depth) {
    for (const auto& [name, property] : members) {
      path_.emplace_back(name);
      CHECK_OK(schema(property, reachable, depth + 1));
      path_.pop_back();
    }
    return {};
  }

  Result<void> annotated(const json::object& property, const json::value& name, bool reachable) {
    const json::string* text = name.if_string();
    if (!text || !is_token(*text)) {
      return fail(Errc::protocol, fmt::format("{} is no header name: {}", annotation, json::serialize(name)));
    }
    if (!reachable || path_.empty()) {
      return fail(Errc::protocol,
                  fmt::format("{} '{}' is not on a plain property", annotation, std::string_view(*text)));
    }
    const json::value* type = property.if_contains("type");
    const bool primitive = type && (*type == "string" || *type == "integer" || *type == "boolean");
    if (!primitive) {
      return fail(Errc::protocol, fmt::format("{} '{}' is on a property that is no string, integer or boolean",
                                              annotation, std::string_view(*text)));
    }
    if (!names_.insert(lower(*text)).second) {
      return fail(Errc::protocol, fmt::format("{} '{}' appears twice", annotation, std::string_view(*text)));
    }
    found.push_back({path_, "Mcp-Param-" + std::string(*text)});
    return {};
  }

  std::vector<std::string> path_;
  std::set<std::string> names_;
};

const json::value* value_at(const json::object& arguments, const std::vector<std::string>& path) {
  const json::object* object = &arguments;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const json::value* member = object->if_contains(path[i]);
    object = member ? member->if_object() : nullptr;
    if (!object) return nullptr;
  }
  return object->if_contains(path.back());
}

std::optional<std::string> plain_text(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* flag = value.if_bool()) return *flag ? "true" : "false";
  if (value.is_null() || value.is_structured()) return std::nullopt;
  boost::system::error_code error;
  const auto number = value.to_number<std::int64_t>(error);  // 42.0 is the integer 42
  if (error) return json::serialize(value);
  return std::to_string(number);
}

}  // namespace

Result<std::vector<MirroredArgument>> mirrored_arguments(const json::object& input_schema) {
  Walk walk;
  CHECK_OK(walk.schema(input_schema, true, 0));
  return std::move(walk.found);
}

std::string header_value(std::string_view text) {
  const auto is_plain = [](char c) { return c >= 0x20 && c <= 0x7E; };
  const bool looks_encoded = text.starts_with(open_marker) && text.ends_with(close_marker);
  const bool edge_space = text.starts_with(' ') || text.ends_with(' ');
  if (std::ranges::all_of(text, is_plain) && !edge_space && !looks_encoded) return std::string(text);
  return fmt::format("{}{}{}", open_marker, base64(text), close_marker);
}

Result<std::string> text_of_header_value(std::string_view value) {
  const auto first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::string();
  value = value.substr(first, value.find_last_not_of(" \t") - first + 1);
  const bool encoded = value.size() >= open_marker.size() + close_marker.size() && value.starts_with(open_marker) &&
                       value.ends_with(close_marker);
  if (!encoded) return std::string(value);
  value.remove_prefix(open_marker.size());
  value.remove_suffix(close_marker.size());
  return from_base64(value);
}

void ToolHeaders::learn(const std::string& tool, std::vector<MirroredArgument> arguments) {
  arguments_.insert_or_assign(tool, std::move(arguments));
}

std::optional<std::string> mirrored_text(const json::object& arguments, const MirroredArgument& argument) {
  const json::value* value = value_at(arguments, argument.path);
  return value ? plain_text(*value) : std::nullopt;
}

jsonrpc::Headers ToolHeaders::headers_for(const json::object& params) const {
  jsonrpc::Headers headers;
  const json::value* name = params.if_contains("name");
  const json::value* arguments = params.if_contains("arguments");
  if (!name || !name->is_string() || !arguments || !arguments->is_object()) return headers;
  const auto known = arguments_.find(std::string(name->as_string()));
  if (known == arguments_.end()) return headers;
  for (const MirroredArgument& argument : known->second) {
    const auto text = mirrored_text(arguments->as_object(), argument);
    if (text) headers.emplace_back(argument.header, header_value(*text));
  }
  return headers;
}

}  // namespace convoke::mcp
