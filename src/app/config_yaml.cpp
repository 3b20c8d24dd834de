#include "app/config_yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>
#include <ranges>

namespace convoke {
namespace {

// A document can grow without bound by aliases that repeat aliases; no configuration comes near this.
constexpr int max_nodes = 100'000;
constexpr int max_depth = 32;

class Converter {
 public:
  ConfigNode convert(const YAML::Node& node, int line, int depth) {
    if (++nodes_ > max_nodes || depth > max_depth) throw YAML::RepresentationException(node.Mark(), "nested too deep");
    ConfigNode made{.line = line};
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null: break;
      case YAML::NodeType::Scalar:
        made.kind = ConfigNode::Kind::scalar;
        made.text = node.Scalar();
        break;
      case YAML::NodeType::Sequence:
        made.kind = ConfigNode::Kind::list;
        for (const YAML::Node& item : node) made.items.push_back(convert(item, line_of(item), depth + 1));
        break;
      case YAML::NodeType::Map:
        made.kind = ConfigNode::Kind::section;
        read_members(node, made, depth);
        break;
    }
    return made;
  }

 private:
  void read_members(const YAML::Node& node, ConfigNode& made, int depth) {
    std::vector<ConfigNode> merged;
    for (const auto& member : node) {
      std::string name = name_of(member.first);
      ConfigNode value = convert(member.second, line_of(member.first), depth + 1);
      if (name != "<<") {
        made.members.emplace_back(std::move(name), std::move(value));
      } else if (value.kind == ConfigNode::Kind::list) {
        std::ranges::move(value.items, std::back_inserter(merged));
      } else {
        merged.push_back(std::move(value));
      }
    }
    for (ConfigNode& other : merged) merge(std::move(other), made, node.Mark());
  }

  /// What `into` has itself goes before what is merged into it (https://yaml.org/type/merge.html).
  static void merge(ConfigNode other, ConfigNode& into, const YAML::Mark& mark) {
    if (other.kind != ConfigNode::Kind::section) {
      throw YAML::RepresentationException(mark, "<< expects a section, or a list of sections");
    }
    const std::size_t own = into.members.size();
    for (auto& member : other.members) {
      const auto is_same = [&](const auto& known) { return known.first == member.first; };
      const auto end = into.members.begin() + static_cast<std::ptrdiff_t>(own);
      if (std::none_of(into.members.begin(), end, is_same)) into.members.push_back(std::move(member));
    }
  }

  static int line_of(const YAML::Node& node) { return node.Mark().line + 1; }
  static std::string name_of(const YAML::Node& key) {
    return key.IsScalar() ? key.Scalar() : throw YAML::RepresentationException(key.Mark(), "a name must be plain text");
  }

  int nodes_ = 0;
};

/// Where a tab stands in an indentation, in or next to the line in which reading failed; 0: nowhere there.
int line_indented_by_a_tab(std::string_view text, int failed) {
  int number = 0;
  for (const auto line : std::views::split(text, '\n')) {
    const std::string_view all(line);
    const std::string_view indentation = all.substr(0, all.find_first_not_of(" \t"));
    if (++number >= failed - 1 && indentation.contains('\t')) return number;
    if (number > failed) break;
  }
  return 0;
}

}  // namespace

std::expected<ConfigNode, ConfigProblem> parse_yaml(std::string_view text, const std::string& file) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    for (std::size_t i = 1; i < documents.size(); ++i) {
      if (documents[i].IsNull()) continue;
      throw YAML::RepresentationException(documents[i].Mark(), "a second document begins here; expected one");
    }
    return documents.empty() ? ConfigNode{.line = 1} : Converter().convert(documents.front(), 1, 0);
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    const int tabbed = line_indented_by_a_tab(text, line);
    if (tabbed == 0) return std::unexpected(ConfigProblem{file, line, "", "", "not YAML: " + error.msg});
    return std::unexpected(ConfigProblem{file, tabbed, "", "", "not YAML: indentation must be spaces, not a tab"});
  }
}

}  // namespace convoke
