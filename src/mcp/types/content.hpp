#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "mcp/types/implementation.hpp"

namespace convoke::mcp {

/// For whom content is and how much it matters. Hints.
struct Annotations {
  std::vector<std::string> audience{};  ///< "user", "assistant"
  std::optional<double> priority{};     ///< 0 to 1
  std::string last_modified{};          ///< ISO 8601
  bool operator==(const Annotations&) const = default;
};

/// The contents of a resource: text, or bytes in Base64.
struct ResourceContents {
  std::string uri;
  std::string mime_type{};
  std::optional<std::string> text{};
  std::optional<std::string> blob{};  ///< standard Base64 with padding
  bool operator==(const ResourceContents&) const = default;
};

struct TextContent {
  std::string text;
  Annotations annotations{};
  bool operator==(const TextContent&) const = default;
};
struct ImageContent {
  std::string data;  ///< Base64
  std::string mime_type;
  Annotations annotations{};
  bool operator==(const ImageContent&) const = default;
};
struct AudioContent {
  std::string data;  ///< Base64
  std::string mime_type;
  Annotations annotations{};
  bool operator==(const AudioContent&) const = default;
};
/// Points to a resource that may be read with `resources/read`, listed or not.
struct ResourceLink {
  std::string uri;
  std::string name;
  std::string title{};
  std::string description{};
  std::string mime_type{};
  std::optional<std::int64_t> size{};  ///< bytes
  Annotations annotations{};
  bool operator==(const ResourceLink&) const = default;
};
struct EmbeddedResource {
  ResourceContents resource;
  Annotations annotations{};
  bool operator==(const EmbeddedResource&) const = default;
};
/// A model asks for a tool (sampling only).
struct ToolUseContent {
  std::string id;
  std::string name;
  json::object input{};
  bool operator==(const ToolUseContent&) const = default;
};
/// A block of a kind we do not know, or one only sampling knows, kept as it came.
struct OtherContent {
  json::object raw;
  bool operator==(const OtherContent&) const = default;
};

using ContentBlock =
    std::variant<TextContent, ImageContent, AudioContent, ResourceLink, EmbeddedResource, ToolUseContent, OtherContent>;

/// One text block.
inline ContentBlock text(std::string words) { return TextContent{std::move(words)}; }

json::object to_json(const ContentBlock& block);
json::object to_json(const ResourceContents& contents);
json::array to_json(const std::vector<ContentBlock>& blocks);

/// `protocol` when the value is no object with a `type`, or lacks what its type requires; `where` names it.
Result<ContentBlock> content_block_from(const json::value& value, std::string_view where);
/// Accepts an array of blocks, and a single block as an array of one.
Result<std::vector<ContentBlock>> content_from(const json::value* value, std::string_view where);
Result<ResourceContents> resource_contents_from(const json::value& value);

Annotations annotations_from(const json::value& owner);
void add_annotations(json::object& owner, const Annotations& annotations);

}  // namespace convoke::mcp
