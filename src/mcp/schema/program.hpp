// What a schema is compiled to. Internal to schema/.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "mcp/schema/pattern.hpp"

namespace convoke::mcp::schema {

using NodeIndex = std::uint32_t;
using ResourceIndex = std::uint32_t;

/// The kinds of `type`, as bits.
enum Kind : unsigned {
  is_null = 1,
  is_boolean = 2,
  is_object = 4,
  is_array = 8,
  is_number = 16,
  is_string = 32,
  is_integer = 64,
};

struct Types {
  unsigned kinds = 0;
};
/// `enum`, and `const` as one of one.
struct OneOfValues {
  std::vector<json::value> values{};
};
struct NumberBound {
  enum class Is { minimum, exclusive_minimum, maximum, exclusive_maximum };
  Is is = Is::minimum;
  json::value limit;
};
struct MultipleOf {
  json::value divisor;
};
struct SizeBound {
  enum class Of { characters, elements, members };
  Of of = Of::characters;
  bool is_maximum = false;
  std::uint64_t limit = 0;
};
struct Matches {
  Pattern pattern;
};
struct Unique {};
struct Required {
  std::vector<std::string> names{};
};
struct DependentRequired {
  std::map<std::string, std::vector<std::string>> names{};
};

// Those that lead to other subschemas.
struct Members {
  std::map<std::string, NodeIndex, std::less<>> named{};
  std::vector<std::pair<Pattern, NodeIndex>> matching{};
  std::optional<NodeIndex> others{};
};
struct Elements {
  std::vector<NodeIndex> first{};
  std::optional<NodeIndex> rest{};
};
struct Contains {
  NodeIndex node = 0;
  std::uint64_t at_least = 1;
  std::optional<std::uint64_t> at_most{};
};
struct MemberNames {
  NodeIndex node = 0;
};
struct DependentSchemas {
  std::map<std::string, NodeIndex> nodes{};
};
struct All {
  std::vector<NodeIndex> nodes{};
};
struct Any {
  std::vector<NodeIndex> nodes{};
};
struct One {
  std::vector<NodeIndex> nodes{};
};
struct Not {
  NodeIndex node = 0;
};
struct Condition {
  NodeIndex when = 0;
  std::optional<NodeIndex> then{};
  std::optional<NodeIndex> otherwise{};
};
struct Reference {
  NodeIndex node = 0;
};
/// `$dynamicRef`: to `anchor` of the outermost resource in the dynamic scope that has it, else to `node`.
struct DynamicReference {
  NodeIndex node = 0;
  std::string anchor;
};
struct UnevaluatedMembers {
  NodeIndex node = 0;
};
struct UnevaluatedElements {
  NodeIndex node = 0;
};

using Rule = std::variant<Types, OneOfValues, NumberBound, MultipleOf, SizeBound, Matches, Unique, Required,
                          DependentRequired, Members, Elements, Contains, MemberNames, DependentSchemas, All, Any, One,
                          Not, Condition, Reference, DynamicReference, UnevaluatedMembers, UnevaluatedElements>;

/// One subschema.
struct Node {
  ResourceIndex resource = 0;
  bool never = false;              ///< the schema `false`
  bool asks_what_is_left = false;  ///< has an `unevaluated` rule; those come last
  std::vector<Rule> rules{};
};

/// Node 0 is the schema itself.
struct Program {
  std::vector<Node> nodes{};
  /// By resource: the nodes of its dynamic anchors.
  std::vector<std::map<std::string, NodeIndex>> dynamic_anchors{};
};

}  // namespace convoke::mcp::schema
