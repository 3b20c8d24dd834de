#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/jsonrpc.hpp"
#include "mcp/types/tool.hpp"

namespace convoke::mcp {

/// An argument that HTTP repeats in a header: the path of property names to it, and the header's name.
struct MirroredArgument {
  std::vector<std::string> path;
  std::string header;  ///< with the prefix "Mcp-Param-"
  bool operator==(const MirroredArgument&) const = default;
};

/// Finds the `x-mcp-header` annotations of an input schema (2026-07-28, transports). `protocol`, with the reason, when
/// one is not allowed where it stands: the tool must then not be used over HTTP.
Result<std::vector<MirroredArgument>> mirrored_arguments(const json::object& input_schema);

/// The value of a header: text that is safe there goes as it is, anything else as Base64 between markers.
std::string header_value(std::string_view text);
/// The inverse. `invalid_input` for markers around what is no Base64.
Result<std::string> text_of_header_value(std::string_view value);

/// The text a header must repeat for this argument; nothing for null, absent and structured ones.
std::optional<std::string> mirrored_text(const json::object& arguments, const MirroredArgument& argument);

/// The tools whose arguments must be repeated in headers, as far as they were listed.
class ToolHeaders {
 public:
  void learn(const std::string& tool, std::vector<MirroredArgument> arguments);
  bool knows(const std::string& tool) const { return arguments_.contains(tool); }
  void forget_all() { arguments_.clear(); }
  /// The headers of a `tools/call` with these parameters. Null and absent arguments have none.
  jsonrpc::Headers headers_for(const json::object& params) const;

 private:
  std::map<std::string, std::vector<MirroredArgument>> arguments_;
};

}  // namespace convoke::mcp
