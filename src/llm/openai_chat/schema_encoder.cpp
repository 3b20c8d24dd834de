// The schema of a tool as chat completions take it: encode_schema of llm/openai_chat/request_encoder.hpp.
#include <algorithm>
#include <array>

#include "llm/openai_chat/request_encoder.hpp"

namespace convoke::openai_chat {
namespace {

json::value cleaned(const json::value& value);

/// For members whose own members are named by the schema's author: only the values are schemas.
json::object cleaned_values(const json::object& named) {
  json::object result;
  for (const auto& [name, schema] : named) result[name] = cleaned(schema);
  return result;
}

bool is_noise(std::string_view key, const json::value& value) {
  constexpr std::array<std::string_view, 4> noise{"$schema", "$id", "$comment", "examples"};
  return std::ranges::find(noise, key) != noise.end() || key.starts_with("x-") ||
         (key == "default" && value.is_null()) || (key == "enum" && value.is_array() && value.get_array().empty());
}

json::object cleaned_object(const json::object& schema) {
  constexpr std::array<std::string_view, 5> maps_of_schemas{"properties", "$defs", "definitions", "patternProperties",
                                                            "dependentSchemas"};
  constexpr std::array<std::string_view, 3> plain_values{"enum", "const", "default"};
  json::object result;
  for (const auto& [key, value] : schema) {
    if (is_noise(key, value)) continue;
    const auto is = [&](const auto& names) { return std::ranges::find(names, std::string_view(key)) != names.end(); };
    if (is(maps_of_schemas) && value.is_object()) {
      result[key] = cleaned_values(value.get_object());
    } else {
      result[key] = is(plain_values) ? value : cleaned(value);
    }
  }
  return result;
}

json::value cleaned(const json::value& value) {
  if (const json::object* object = value.if_object()) return cleaned_object(*object);
  const json::array* array = value.if_array();
  if (!array) return value;
  json::array result;
  for (const json::value& item : *array) result.push_back(cleaned(item));
  return result;
}

json::array shared(const json::array& a, const json::array& b) {
  json::array both;
  std::ranges::copy_if(a, std::back_inserter(both),
                       [&](const json::value& v) { return std::ranges::find(b, v) != b.end(); });
  return both;
}

json::array joined(const json::array& a, const json::array& b) {
  json::array all(a);
  std::ranges::copy_if(b, std::back_inserter(all),
                       [&](const json::value& v) { return std::ranges::find(a, v) == a.end(); });
  return all;
}

/// A choice at the root is refused: every alternative's properties are allowed instead, and required is what all of
/// them require.
void merge_alternatives(json::object& root, std::string_view key) {
  const json::value alternatives = root[key];
  root.erase(key);
  if (!alternatives.is_array()) return;
  json::object& properties = root["properties"].get_object();
  std::optional<json::array> common;
  for (const json::value& alternative : alternatives.get_array()) {
    if (const json::object* own = find_object(alternative, "properties")) {
      for (const auto& [name, schema] : *own) properties.emplace(name, schema);
    }
    const json::array* listed = find_array(alternative, "required");
    json::array required = listed ? *listed : json::array{};
    if (common) required = key == "allOf" ? joined(*common, required) : shared(*common, required);
    common = std::move(required);
  }
  if (!common || common->empty()) return;
  const json::array* own = find_array(root, "required");
  root["required"] = own ? joined(*own, *common) : *common;
}

}  // namespace

json::object encode_schema(const json::object& schema) {
  json::object root = cleaned_object(schema);
  root["type"] = "object";
  if (!root["properties"].is_object()) root["properties"] = json::object{};
  for (const std::string_view key : {"anyOf", "oneOf", "allOf"}) {
    if (root.contains(key)) merge_alternatives(root, key);
  }
  return root;
}

}  // namespace convoke::openai_chat
