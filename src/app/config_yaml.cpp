#include "app/config_yaml.hpp"

#include <yaml-cpp/yaml.h>

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
        for (const auto& member : node) {
          made.members.emplace_back(name_of(member.first), convert(member.second, line_of(member.first), depth + 1));
        }
        break;
    }
    return made;
  }

 private:
  static int line_of(const YAML::Node& node) { return node.Mark().line + 1; }
  static std::string name_of(const YAML::Node& key) {
    return key.IsScalar() ? key.Scalar() : throw YAML::RepresentationException(key.Mark(), "a name must be plain text");
  }

  int nodes_ = 0;
};

}  // namespace

std::expected<ConfigNode, ConfigProblem> parse_yaml(std::string_view text, const std::string& file) {
  try {
    return Converter().convert(YAML::Load(std::string(text)), 1, 0);
  } catch (const YAML::Exception& error) {
    return std::unexpected(ConfigProblem{file, error.mark.line + 1, "", "", "not YAML: " + error.msg});
  }
}

}  // namespace convoke
