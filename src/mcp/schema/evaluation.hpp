#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mcp/schema/program.hpp"
#include "mcp/schema/schema.hpp"

namespace convoke::mcp::schema {

/// Which members and elements of one value some subschema has looked at.
struct Looked {
  std::vector<bool> members{};
  std::vector<bool> elements{};

  void at_member(std::size_t place) { mark(members, place); }
  void at_element(std::size_t place) { mark(elements, place); }
  void also(const Looked& other);
  static bool has(const std::vector<bool>& places, std::size_t place) { return place < places.size() && places[place]; }

 private:
  static void mark(std::vector<bool>& places, std::size_t place) {
    if (places.size() <= place) places.resize(place + 1);
    places[place] = true;
  }
};

/// One check of one value. Internal to schema/.
class Evaluation {
 public:
  Evaluation(const Program& program, Limits limits) : program_(program), limits_(limits) {}

  Result<void> run(const json::value& value);

 private:
  /// The resources entered on the way to a subschema, innermost first.
  struct Scope {
    ResourceIndex resource;
    const Scope* outer;
  };
  /// A subschema at work on a value. `looked`, if anybody wants to know, collects what it has looked at.
  struct Frame {
    const json::value& value;
    const Scope& scope;
    Looked* looked;
  };
  using Token = std::variant<std::string_view, std::size_t>;

  bool fits(NodeIndex index, const json::value& value, const Scope* scope, Looked* looked);
  bool all_rules_fit(const Node& node, const Frame& frame);
  bool fits_below(NodeIndex index, const json::value& value, const Frame& frame, Token token);
  /// Without a word about why not.
  bool fits_quietly(NodeIndex index, const Frame& frame, Looked* looked);
  bool refuse(std::string why);
  void give_up(std::string why);
  bool spend(std::size_t steps);
  std::string place() const;

  bool judge(const Types& rule, const Frame& frame);
  bool judge(const OneOfValues& rule, const Frame& frame);
  bool judge(const NumberBound& rule, const Frame& frame);
  bool judge(const MultipleOf& rule, const Frame& frame);
  bool judge(const SizeBound& rule, const Frame& frame);
  bool judge(const Matches& rule, const Frame& frame);
  bool judge(const Unique& rule, const Frame& frame);
  bool judge(const Required& rule, const Frame& frame);
  bool judge(const DependentRequired& rule, const Frame& frame);
  bool judge(const Members& rule, const Frame& frame);
  bool judge_member(const Members& rule, const Frame& frame, std::size_t place, const json::key_value_pair& member);
  bool judge(const Elements& rule, const Frame& frame);
  bool judge(const Contains& rule, const Frame& frame);
  bool judge(const MemberNames& rule, const Frame& frame);
  bool judge(const DependentSchemas& rule, const Frame& frame);
  bool judge(const All& rule, const Frame& frame);
  bool judge(const Any& rule, const Frame& frame);
  bool judge(const One& rule, const Frame& frame);
  bool judge(const Not& rule, const Frame& frame);
  bool judge(const Condition& rule, const Frame& frame);
  bool judge(const Reference& rule, const Frame& frame);
  bool judge(const DynamicReference& rule, const Frame& frame);
  bool judge(const UnevaluatedMembers& rule, const Frame& frame);
  bool judge(const UnevaluatedElements& rule, const Frame& frame);

  const Program& program_;
  Limits limits_;
  std::vector<Token> path_;
  int depth_ = 0;
  std::size_t steps_ = 0;
  int quiet_ = 0;
  std::optional<Error> problem_;  ///< the first that was not quiet
  bool gave_up_ = false;          ///< a bound was met: the outcome is unknown
};

}  // namespace convoke::mcp::schema
