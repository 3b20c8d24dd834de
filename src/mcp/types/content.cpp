#include "mcp/types/content.hpp"

#include <fmt/format.h>

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

json::object plain(const TextContent& content) { return {{"type", "text"}, {"text", content.text}}; }

json::object plain(const ImageContent& content) {
  return {{"type", "image"}, {"data", content.data}, {"mimeType", content.mime_type}};
}

json::object plain(const AudioContent& content) {
  return {{"type", "audio"}, {"data", content.data}, {"mimeType", content.mime_type}};
}

json::object plain(const ResourceLink& link) {
  json::object object{{"type", "resource_link"}, {"uri", link.uri}, {"name", link.name}};
  fields::put(object, "title", link.title);
  fields::put(object, "description", link.description);
  fields::put(object, "mimeType", link.mime_type);
  fields::put(object, "size", link.size);
  return object;
}

json::object plain(const EmbeddedResource& embedded) {
  return {{"type", "resource"}, {"resource", to_json(embedded.resource)}};
}

json::object plain(const ToolUseContent& use) {
  return {{"type", "tool_use"}, {"id", use.id}, {"name", use.name}, {"input", use.input}};
}

json::object plain(const OtherContent& other) { return other.raw; }

Result<ContentBlock> text_from(const json::value& value, std::string_view where) {
  TRY(std::string words, fields::required_string(value, "text", where));
  return TextContent{std::move(words), annotations_from(value)};
}

template <class Media>
Result<ContentBlock> media_from(const json::value& value, std::string_view where) {
  TRY(std::string data, fields::required_string(value, "data", where));
  return Media{std::move(data), string_or_empty(value, "mimeType"), annotations_from(value)};
}

Result<ContentBlock> link_from(const json::value& value, std::string_view where) {
  TRY(std::string uri, fields::required_string(value, "uri", where));
  return ResourceLink{std::move(uri),
                      string_or_empty(value, "name"),
                      string_or_empty(value, "title"),
                      string_or_empty(value, "description"),
                      string_or_empty(value, "mimeType"),
                      find_integer(value, "size"),
                      annotations_from(value)};
}

Result<ContentBlock> embedded_from(const json::value& value, std::string_view where) {
  const json::value* resource = find(value, "resource");
  if (!resource) return fail(Errc::protocol, fmt::format("{}: 'resource' is missing", where));
  TRY(ResourceContents contents, resource_contents_from(*resource));
  return EmbeddedResource{std::move(contents), annotations_from(value)};
}

Result<ContentBlock> tool_use_from(const json::value& value, std::string_view where) {
  TRY(std::string id, fields::required_string(value, "id", where));
  TRY(std::string name, fields::required_string(value, "name", where));
  return ToolUseContent{std::move(id), std::move(name), fields::object_or_empty(value, "input")};
}

}  // namespace

void add_annotations(json::object& owner, const Annotations& annotations) {
  json::object object;
  fields::put(object, "audience", annotations.audience);
  fields::put(object, "priority", annotations.priority);
  fields::put(object, "lastModified", annotations.last_modified);
  fields::put(owner, "annotations", object);
}

Annotations annotations_from(const json::value& owner) {
  const json::value* value = find(owner, "annotations");
  if (!value) return {};
  return {fields::strings(*value, "audience"), fields::number(*value, "priority"),
          string_or_empty(*value, "lastModified")};
}

json::object to_json(const ContentBlock& block) {
  json::object object = std::visit([](const auto& kind) { return plain(kind); }, block);
  std::visit(
      [&](const auto& kind) {
        if constexpr (requires { kind.annotations; }) add_annotations(object, kind.annotations);
      },
      block);
  return object;
}

json::object to_json(const ResourceContents& contents) {
  json::object object{{"uri", contents.uri}};
  fields::put(object, "mimeType", contents.mime_type);
  if (contents.text) object["text"] = *contents.text;
  if (contents.blob) object["blob"] = *contents.blob;
  return object;
}

json::array to_json(const std::vector<ContentBlock>& blocks) { return fields::array_of(blocks); }

Result<ContentBlock> content_block_from(const json::value& value, std::string_view where) {
  TRY(const std::string type, fields::required_string(value, "type", where));
  if (type == "text") return text_from(value, where);
  if (type == "image") return media_from<ImageContent>(value, where);
  if (type == "audio") return media_from<AudioContent>(value, where);
  if (type == "resource_link") return link_from(value, where);
  if (type == "resource") return embedded_from(value, where);
  if (type == "tool_use") return tool_use_from(value, where);
  return OtherContent{value.as_object()};
}

Result<std::vector<ContentBlock>> content_from(const json::value* value, std::string_view where) {
  std::vector<ContentBlock> blocks;
  if (!value) return fail(Errc::protocol, fmt::format("{}: there is no content", where));
  const json::array* array = value->if_array();
  if (!array && !value->is_object()) return fail(Errc::protocol, fmt::format("{}: 'content' must be an array", where));
  if (!array) {
    TRY(ContentBlock only, content_block_from(*value, where));
    blocks.push_back(std::move(only));
    return blocks;
  }
  for (const json::value& element : *array) {
    TRY(ContentBlock block, content_block_from(element, where));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Result<ResourceContents> resource_contents_from(const json::value& value) {
  TRY(std::string uri, fields::required_string(value, "uri", "resource contents"));
  ResourceContents contents{std::move(uri), string_or_empty(value, "mimeType")};
  if (const auto words = find_string(value, "text")) contents.text = std::string(*words);
  if (const auto bytes = find_string(value, "blob")) contents.blob = std::string(*bytes);
  if (!contents.text && !contents.blob) {
    return fail(Errc::protocol, fmt::format("resource contents of '{}': neither text nor blob", contents.uri));
  }
  return contents;
}

}  // namespace convoke::mcp
