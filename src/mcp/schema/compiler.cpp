#include "mcp/schema/compiler.hpp"

#include <fmt/format.h>

#include "mcp/schema/uri.hpp"

namespace convoke::mcp::schema {

struct Compiler::Subject {
  const json::object& schema;
  ResourceIndex resource;
  const Dialect& dialect;
  std::vector<Rule>& rules;
};

namespace {

std::unexpected<Error> must_be(std::string_view keyword, std::string_view what) {
  return fail(Errc::invalid_input, fmt::format("'{}' must be {}", keyword, what));
}

Result<std::optional<std::uint64_t>> count_of(const json::object& schema, std::string_view keyword) {
  const json::value* value = schema.if_contains(keyword);
  if (!value) return std::nullopt;
  const auto count = find_integer(schema, keyword);
  if (!count || *count < 0) return must_be(keyword, "a whole number, not negative");
  return static_cast<std::uint64_t>(*count);
}

}  // namespace

Compiler::Compiler(const json::value& schema, const Documents& known, Limits limits)
    : library_(schema, known), limits_(limits) {}

Result<Program> Compiler::compile() {
  TRY(const Place place, library_.open());
  CHECK_OK(node_at(place));
  CHECK_OK(fill_pending());
  CHECK_OK(add_dynamic_anchors());
  return std::move(program_);
}

Result<NodeIndex> Compiler::node_at(Place place) {
  if (const auto found = node_of_.find(place.schema); found != node_of_.end()) return found->second;
  if (program_.nodes.size() >= limits_.max_subschemas) return fail(Errc::exhausted, "the schema is too large");
  const bool* verdict = place.schema->if_bool();
  if (!verdict && !place.schema->is_object()) return must_be("a schema", "an object or a boolean");
  const auto index = static_cast<NodeIndex>(program_.nodes.size());
  program_.nodes.push_back({.resource = place.resource, .never = verdict && !*verdict});
  node_of_.emplace(place.schema, index);
  if (!verdict) pending_.push_back({index, place.schema});
  return index;
}

Result<void> Compiler::fill_pending() {
  while (!pending_.empty()) {
    const Pending next = pending_.front();
    pending_.pop_front();
    CHECK_OK(fill(next));
  }
  return {};
}

Result<void> Compiler::fill(Pending pending) {
  const ResourceIndex resource = program_.nodes[pending.node].resource;
  std::vector<Rule> rules;
  const Dialect dialect = library_.resource(resource).dialect;
  Subject subject{pending.schema->as_object(), resource, dialect, rules};
  CHECK_OK(add_references(subject));
  if (dialect.ref_alone && subject.schema.contains("$ref")) {
    program_.nodes[pending.node].rules = std::move(rules);
    return {};
  }
  if (dialect.validates) CHECK_OK(read_assertions(subject.schema, rules));
  CHECK_OK(add_combinations(subject));
  CHECK_OK(add_members(subject));
  CHECK_OK(add_elements(subject));
  CHECK_OK(add_dependencies(subject));
  const std::size_t before = rules.size();
  CHECK_OK(add_leftovers(subject));
  Node& node = program_.nodes[pending.node];
  node.asks_what_is_left = rules.size() > before;
  node.rules = std::move(rules);
  return {};
}

Result<std::optional<NodeIndex>> Compiler::node_of(const Subject& subject, std::string_view keyword) {
  const json::value* schema = subject.schema.if_contains(keyword);
  if (!schema) return std::nullopt;
  TRY(const NodeIndex node, during(keyword, node_at({schema, library_.resource_of(*schema, subject.resource)})));
  return node;
}

Result<std::vector<NodeIndex>> Compiler::nodes_in(const json::array& schemas, ResourceIndex resource) {
  std::vector<NodeIndex> nodes;
  for (const json::value& schema : schemas) {
    TRY(const NodeIndex node, node_at({&schema, library_.resource_of(schema, resource)}));
    nodes.push_back(node);
  }
  return nodes;
}

Result<void> Compiler::add_references(Subject& subject) {
  CHECK_OK(add_reference(subject, "$ref"));
  if (subject.dialect.older) return add_reference(subject, "$recursiveRef");
  return add_reference(subject, "$dynamicRef");
}

Result<void> Compiler::add_reference(Subject& subject, std::string_view keyword) {
  const json::value* value = subject.schema.if_contains(keyword);
  if (!value) return {};
  if (!value->is_string()) return must_be(keyword, "a string");
  const std::string_view reference = value->as_string();
  TRY(const Place place, library_.find(reference, subject.resource));
  TRY(const NodeIndex node, node_at(place));
  const std::string anchor = split_fragment(reference).fragment;
  const auto& anchors = library_.resource(place.resource).dynamic_anchors;
  const auto dynamic = anchors.find(anchor);
  if (keyword == "$dynamicRef" && dynamic != anchors.end() && dynamic->second == place.schema) {
    dynamic_names_.insert(anchor);
    subject.rules.push_back(DynamicReference{node, anchor});
  } else {
    subject.rules.push_back(Reference{node});
  }
  return {};
}

Result<void> Compiler::add_combinations(Subject& subject) {
  for (const std::string_view keyword : {"allOf", "anyOf", "oneOf"}) {
    const json::value* value = subject.schema.if_contains(keyword);
    if (!value) continue;
    if (!value->is_array()) return must_be(keyword, "an array of schemas");
    TRY(auto nodes, nodes_in(value->as_array(), subject.resource));
    if (keyword == "allOf")
      subject.rules.push_back(All{std::move(nodes)});
    else if (keyword == "anyOf")
      subject.rules.push_back(Any{std::move(nodes)});
    else
      subject.rules.push_back(One{std::move(nodes)});
  }
  TRY(const auto negated, node_of(subject, "not"));
  if (negated) subject.rules.push_back(Not{*negated});
  TRY(const auto when, node_of(subject, "if"));
  TRY(const auto then, node_of(subject, "then"));
  TRY(const auto otherwise, node_of(subject, "else"));
  if (when) subject.rules.push_back(Condition{*when, then, otherwise});
  return {};
}

Result<void> Compiler::add_members(Subject& subject) {
  Members members;
  for (const std::string_view keyword : {"properties", "patternProperties"}) {
    const json::value* value = subject.schema.if_contains(keyword);
    if (!value) continue;
    if (!value->is_object()) return must_be(keyword, "an object of schemas");
    for (const auto& [name, schema] : value->as_object()) {
      TRY(const NodeIndex node, during(name, node_at({&schema, library_.resource_of(schema, subject.resource)})));
      if (keyword == "properties") {
        members.named.emplace(name, node);
      } else {
        TRY(auto pattern, Pattern::compile(name));
        members.matching.emplace_back(std::move(pattern), node);
      }
    }
  }
  TRY(members.others, node_of(subject, "additionalProperties"));
  if (!members.named.empty() || !members.matching.empty() || members.others) {
    subject.rules.push_back(std::move(members));
  }
  TRY(const auto names, node_of(subject, "propertyNames"));
  if (names) subject.rules.push_back(MemberNames{*names});
  return {};
}

Result<void> Compiler::add_elements(Subject& subject) {
  Elements elements;
  const json::array* items = find_array(subject.schema, "items");
  if (items && !subject.dialect.older) return must_be("items", "a schema");
  const json::array* first = items ? items : find_array(subject.schema, "prefixItems");
  if (first) {
    TRY(elements.first, nodes_in(*first, subject.resource));
  }
  TRY(elements.rest, node_of(subject, items ? "additionalItems" : "items"));
  if (first || elements.rest) subject.rules.push_back(std::move(elements));

  TRY(const auto contained, node_of(subject, "contains"));
  if (!contained) return {};
  Contains contains{*contained};
  if (subject.dialect.validates) {
    TRY(const auto at_least, count_of(subject.schema, "minContains"));
    contains.at_least = at_least.value_or(1);
    TRY(contains.at_most, count_of(subject.schema, "maxContains"));
  }
  subject.rules.push_back(contains);
  return {};
}

Result<void> Compiler::add_dependencies(Subject& subject) {
  for (const std::string_view keyword : {"dependentSchemas", "dependencies"}) {
    const json::object* named = find_object(subject.schema, keyword);
    if (!named || (keyword == "dependencies" && !subject.dialect.older)) continue;
    DependentSchemas schemas;
    DependentRequired required;
    for (const auto& [name, value] : *named) {
      if (const json::array* names = value.if_array()) {
        for (const json::value& other : *names) {
          if (!other.is_string()) return must_be(keyword, "an object of names or schemas");
          required.names[name].emplace_back(other.as_string());
        }
        continue;
      }
      TRY(const NodeIndex node, during(name, node_at({&value, library_.resource_of(value, subject.resource)})));
      schemas.nodes.emplace(name, node);
    }
    if (!schemas.nodes.empty()) subject.rules.push_back(std::move(schemas));
    if (!required.names.empty()) subject.rules.push_back(std::move(required));
  }
  return {};
}

Result<void> Compiler::add_leftovers(Subject& subject) {
  TRY(const auto members, node_of(subject, "unevaluatedProperties"));
  if (members) subject.rules.push_back(UnevaluatedMembers{*members});
  TRY(const auto elements, node_of(subject, "unevaluatedItems"));
  if (elements) subject.rules.push_back(UnevaluatedElements{*elements});
  return {};
}

/// What a dynamic reference may lead to is compiled too; that may bring in more resources, and they more anchors.
Result<void> Compiler::add_dynamic_anchors() {
  for (std::size_t before = 0; before != program_.nodes.size();) {
    before = program_.nodes.size();
    program_.dynamic_anchors.resize(library_.resources());
    for (ResourceIndex index = 0; index < program_.dynamic_anchors.size(); ++index) {
      for (const auto& [name, schema] : library_.resource(index).dynamic_anchors) {
        if (!dynamic_names_.contains(name)) continue;
        TRY(const NodeIndex node, node_at({schema, index}));
        program_.dynamic_anchors[index].emplace(name, node);
      }
    }
    CHECK_OK(fill_pending());
  }
  return {};
}

}  // namespace convoke::mcp::schema
