#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config_problem.hpp"

namespace convoke {

/// A YAML document as plain values, with the line each stands on (from 1). Scalars keep their text: what type it has is
/// the reader's matter.
struct ConfigNode {
  enum class Kind { nothing, scalar, list, section };
  Kind kind = Kind::nothing;
  int line = 0;
  std::string text{};
  std::vector<ConfigNode> items{};
  std::vector<std::pair<std::string, ConfigNode>> members{};  ///< as written, repeated names included
};

/// Parses a YAML document; anchors, aliases and merge keys (`<<`) are resolved. The problem names the line where it is
/// not YAML, or where a second document begins.
std::expected<ConfigNode, ConfigProblem> parse_yaml(std::string_view text, const std::string& file);

}  // namespace convoke
