#include "mcp/schema/library.hpp"

#include <array>
#include <charconv>

#include "mcp/schema/uri.hpp"

namespace convoke::mcp::schema {

namespace {

constexpr int max_nesting = 256;
constexpr std::string_view draft_2020_12 = "https://json-schema.org/draft/2020-12/schema";
constexpr std::string_view validation_vocabulary = "https://json-schema.org/draft/2020-12/vocab/validation";

// The keywords that hold schemas, by how they hold them. Elsewhere nothing is a schema, whatever it looks like.
constexpr std::array<std::string_view, 12> holds_one{"additionalProperties",
                                                     "unevaluatedProperties",
                                                     "items",
                                                     "unevaluatedItems",
                                                     "contains",
                                                     "propertyNames",
                                                     "not",
                                                     "if",
                                                     "then",
                                                     "else",
                                                     "contentSchema",
                                                     "additionalItems"};
constexpr std::array<std::string_view, 5> holds_list{"allOf", "anyOf", "oneOf", "prefixItems", "items"};
constexpr std::array<std::string_view, 6> holds_map{"properties",  "patternProperties", "$defs",
                                                    "definitions", "dependentSchemas",  "dependencies"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::ranges::find(names, name) != names.end();
}

std::unexpected<Error> wrong(std::string why) { return fail(Errc::invalid_input, std::move(why)); }

std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size();
    text += escaped ? (token[++i] == '0' ? '~' : '/') : token[i];
  }
  return text;
}

const json::value* child(const json::value& parent, const std::string& token) {
  if (const json::object* object = parent.if_object()) return object->if_contains(token);
  const json::array* array = parent.if_array();
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool is_index = error == std::errc{} && end == token.data() + token.size();
  return array && is_index && index < array->size() ? &(*array)[index] : nullptr;
}

}  // namespace

Library::Library(const json::value& schema, const Documents& known) : schema_(schema), known_(known) {}

Result<Place> Library::open() {
  TRY(const ResourceIndex index, add_resource("", schema_, {}));
  return Place{&schema_, resource_of(schema_, index)};
}

ResourceIndex Library::resource_of(const json::value& place, ResourceIndex around) const {
  const auto found = resource_of_.find(&place);
  return found == resource_of_.end() ? around : found->second;
}

Result<ResourceIndex> Library::add_resource(std::string uri, const json::value& root, Dialect around) {
  TRY(const Dialect dialect, dialect_of(root, around));
  const auto index = static_cast<ResourceIndex>(resources_.size());
  resources_.push_back({uri, &root, dialect});
  by_uri_.emplace(std::move(uri), index);  // the address of the document, or of what is around it; `$id` may say more
  CHECK_OK(take_in(root, index, 0));
  return index;
}

Result<Dialect> Library::dialect_of(const json::value& root, Dialect around) {
  const auto named = find_string(root, "$schema");
  if (!named) return around;
  const std::string uri = split_fragment(*named).uri;
  if (uri == draft_2020_12) return Dialect{};
  if (uri == "https://json-schema.org/draft/2019-09/schema") return Dialect{.older = true};
  for (const std::string_view draft : {"draft-04", "draft-05", "draft-06", "draft-07"}) {
    for (const std::string_view scheme : {"http", "https"}) {
      const std::string known = std::string(scheme) + "://json-schema.org/" + std::string(draft) + "/schema";
      if (uri == known) return Dialect{.older = true, .ref_alone = true};
    }
  }
  const json::value* meta = document(uri);
  if (!meta) return wrong("the dialect '" + std::string(*named) + "' is not known");
  const json::object* vocabularies = find_object(*meta, "$vocabulary");
  return Dialect{.validates = !vocabularies || vocabularies->contains(validation_vocabulary)};
}

const json::value* Library::document(const std::string& uri) {
  const auto found = known_.find(uri);
  return found == known_.end() ? draft_document(uri) : &found->second;
}

Result<void> Library::take_in(const json::value& schema, ResourceIndex around, int depth) {
  if (depth > max_nesting) return fail(Errc::exhausted, "the schema nests too deeply");
  if (!resource_of_.emplace(&schema, around).second) return {};
  if (const json::object* object = schema.if_object()) return take_in_object(*object, schema, around, depth);
  return {};
}

Result<void> Library::take_in_object(const json::object& schema, const json::value& self, ResourceIndex around,
                                     int depth) {
  const bool beside_ref = resources_[around].dialect.ref_alone && schema.contains("$ref");
  if (const auto id = beside_ref ? std::nullopt : find_string(schema, "$id")) {
    const Split split = split_fragment(*id);
    const bool is_anchor = resources_[around].dialect.older && split.uri.empty() && !split.fragment.empty();
    const bool opens = resources_[around].root != &self;
    if (is_anchor) {
      resources_[around].anchors.emplace(split.fragment, &self);
    } else if (opens) {
      resource_of_.erase(&self);
      CHECK_OK(add_resource(resources_[around].uri, self, resources_[around].dialect));
      return {};
    } else {
      resources_[around].uri = resolve(resources_[around].uri, *id);
      by_uri_.insert_or_assign(resources_[around].uri, around);
    }
  }
  if (const auto anchor = find_string(schema, "$anchor")) resources_[around].anchors.emplace(*anchor, &self);
  if (const auto anchor = find_string(schema, "$dynamicAnchor")) {
    resources_[around].anchors.emplace(*anchor, &self);
    resources_[around].dynamic_anchors.emplace(*anchor, &self);
  }
  for (const auto& [key, value] : schema) {
    if (is_one_of(key, holds_one) && !value.is_array()) CHECK_OK(take_in(value, around, depth + 1));
    if (const json::array* list = is_one_of(key, holds_list) ? value.if_array() : nullptr) {
      for (const json::value& element : *list) CHECK_OK(take_in(element, around, depth + 1));
    }
    if (const json::object* map = is_one_of(key, holds_map) ? value.if_object() : nullptr) {
      for (const auto& [name, member] : *map) CHECK_OK(take_in(member, around, depth + 1));
    }
  }
  return {};
}

Result<ResourceIndex> Library::resource_at(const std::string& uri) {
  if (const auto found = by_uri_.find(uri); found != by_uri_.end()) return found->second;
  const json::value* found = document(uri);
  if (!found) return wrong("'" + uri + "' is referred to, but not here (references are never fetched)");
  return add_resource(uri, *found, {});
}

Result<Place> Library::find(std::string_view reference, ResourceIndex resource) {
  const Split split = split_fragment(reference);
  ResourceIndex target = resource;
  if (!split.uri.empty()) {
    TRY(target, resource_at(resolve(resources_[resource].uri, reference)));
  }
  if (split.fragment.empty()) return Place{resources_[target].root, target};
  if (split.fragment.starts_with('/')) return follow(split.fragment, target);
  const auto anchor = resources_[target].anchors.find(split.fragment);
  if (anchor == resources_[target].anchors.end()) return wrong("'" + std::string(reference) + "' leads nowhere");
  return Place{anchor->second, target};
}

Result<Place> Library::follow(std::string_view pointer, ResourceIndex resource) {
  const json::value* at = resources_[resource].root;
  ResourceIndex inside = resource;
  for (std::string_view rest = pointer; !rest.empty();) {
    rest.remove_prefix(1);
    const auto slash = std::min(rest.find('/'), rest.size());
    at = child(*at, unescaped(rest.substr(0, slash)));
    if (!at) return wrong("'#" + std::string(pointer) + "' leads nowhere");
    inside = resource_of(*at, inside);
    rest.remove_prefix(slash);
  }
  // A place below a keyword nobody knows has not been read as a schema so far.
  CHECK_OK(take_in(*at, inside, 0));
  return Place{at, resource_of(*at, inside)};
}

}  // namespace convoke::mcp::schema
