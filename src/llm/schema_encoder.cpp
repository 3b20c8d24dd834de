#include "llm/schema_encoder.hpp"

#include <algorithm>
#include <array>

#include "llm/json_text.hpp"

namespace convoke {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view key, const std::array<std::string_view, N>& keys) {
  return std::ranges::find(keys, key) != keys.end();
}

bool is_noise(std::string_view key, const json::value& value) {
  constexpr std::array<std::string_view, 4> noise{"$schema", "$id", "$comment", "examples"};
  const bool useless_enum = key == "enum" && value.is_array() && value.get_array().empty();
  return is_one_of(key, noise) || key.starts_with("x-") || (key == "default" && value.is_null()) || useless_enum;
}

void append_schema_value(std::string& out, const json::value& value);

/// For members whose own members are named by the schema's author: only the values are schemas.
void append_named_schemas(std::string& out, const json::object& named) {
  ObjectWriter object(out);
  for (const auto& [name, schema] : named) append_schema_value(object.member(name), schema);
}

void append_member(std::string& out, std::string_view key, const json::value& value) {
  constexpr std::array<std::string_view, 5> maps_of_schemas{"properties", "$defs", "definitions", "patternProperties",
                                                            "dependentSchemas"};
  constexpr std::array<std::string_view, 3> plain_values{"enum", "const", "default"};
  if (is_one_of(key, plain_values)) return append_value(out, value);
  if (is_one_of(key, maps_of_schemas) && value.is_object()) return append_named_schemas(out, value.get_object());
  append_schema_value(out, value);
}

void append_schema_value(std::string& out, const json::value& value) {
  if (const json::object* schema = value.if_object()) {
    ObjectWriter object(out);
    for (const auto& [key, member] : *schema) {
      if (!is_noise(key, member)) append_member(object.member(key), key, member);
    }
  } else if (const json::array* items = value.if_array()) {
    ArrayWriter array(out);
    for (const json::value& item : *items) append_schema_value(array.item(), item);
  } else {
    append_value(out, value);
  }
}

json::array shared(const json::array& a, const json::array& b) {
  json::array both;
  const auto is_in_b = [&](const json::value& value) { return std::ranges::find(b, value) != b.end(); };
  std::ranges::copy_if(a, std::back_inserter(both), is_in_b);
  return both;
}

json::array joined(const json::array& a, const json::array& b) {
  json::array all(a);
  const auto is_new = [&](const json::value& value) { return std::ranges::find(a, value) == a.end(); };
  std::ranges::copy_if(b, std::back_inserter(all), is_new);
  return all;
}

void merge_alternatives(json::object& root, std::string_view key) {
  const json::value alternatives = root[key];
  root.erase(key);
  if (!alternatives.is_array()) return;
  if (!root["properties"].is_object()) root["properties"] = json::object{};
  json::object& properties = root["properties"].get_object();
  std::optional<json::array> common;
  for (const json::value& alternative : alternatives.get_array()) {
    if (const json::object* own = find_object(alternative, "properties")) {
      for (const auto& [name, schema] : *own) properties.emplace(name, schema);
    }
    const json::array* listed = find_array(alternative, "required");
    const json::array required = listed ? *listed : json::array();
    if (!common) common = required;
    common = key == "allOf" ? joined(*common, required) : shared(*common, required);
  }
  if (!common || common->empty()) return;
  const json::array* own = find_array(root, "required");
  root["required"] = own ? joined(*own, *common) : *common;
}

}  // namespace

void append_schema(std::string& out, const json::object& schema) {
  for (const std::string_view key : {"anyOf", "oneOf", "allOf"}) {
    if (!schema.contains(key)) continue;
    json::object merged = schema;
    merge_alternatives(merged, key);
    return append_schema(out, merged);
  }
  ObjectWriter root(out);
  root.text("type", "object");
  const json::value* properties = schema.if_contains("properties");
  std::string& place = root.member("properties");
  append_named_schemas(place, properties && properties->is_object() ? properties->get_object() : json::object());
  for (const auto& [key, value] : schema) {
    const bool is_written = key == "type" || key == "properties";
    if (!is_written && !is_noise(key, value)) append_member(root.member(key), key, value);
  }
}

}  // namespace convoke
