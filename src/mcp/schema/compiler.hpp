#pragma once
#include <deque>
#include <set>
#include <unordered_map>

#include "mcp/schema/library.hpp"
#include "mcp/schema/program.hpp"

namespace convoke::mcp::schema {

/// Turns a schema, and whatever it refers to, into a program. One use each. Internal to schema/.
class Compiler {
 public:
  Compiler(const json::value& schema, const Documents& known, Limits limits);

  Result<Program> compile();

 private:
  struct Pending {
    NodeIndex node;
    const json::value* schema;
  };
  struct Subject;  ///< the object being compiled, its resource and its node

  /// The node of the schema at this place, to be filled in later: references may go in circles.
  Result<NodeIndex> node_at(Place place);
  Result<std::vector<NodeIndex>> nodes_in(const json::array& schemas, ResourceIndex resource);
  Result<std::optional<NodeIndex>> node_of(const Subject& subject, std::string_view keyword);
  Result<void> fill(Pending pending);
  Result<void> fill_pending();
  Result<void> add_dynamic_anchors();

  Result<void> add_references(Subject& subject);
  Result<void> add_reference(Subject& subject, std::string_view keyword);
  Result<void> add_assertions(Subject& subject);
  Result<void> add_combinations(Subject& subject);
  Result<void> add_members(Subject& subject);
  Result<void> add_elements(Subject& subject);
  Result<void> add_dependencies(Subject& subject);
  Result<void> add_leftovers(Subject& subject);

  Library library_;
  Limits limits_;
  Program program_;
  std::unordered_map<const json::value*, NodeIndex> node_of_;
  std::deque<Pending> pending_;
  std::set<std::string> dynamic_names_;
};

/// The assertions of a schema object that lead to no other schema. Pure.
Result<void> read_assertions(const json::object& schema, std::vector<Rule>& rules);

}  // namespace convoke::mcp::schema
