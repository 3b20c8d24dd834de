#include "mcp/types/resource.hpp"

#include "mcp/types/fields.hpp"

namespace convoke::mcp {

namespace {

template <class Listed>
void add_common(json::object& object, const Listed& listed) {
  fields::put(object, "title", listed.title);
  fields::put(object, "description", listed.description);
  fields::put(object, "mimeType", listed.mime_type);
  add_annotations(object, listed.annotations);
  if (!listed.icons.empty()) object["icons"] = fields::array_of(listed.icons);
}

template <class Listed>
void read_common(Listed& listed, const json::value& value) {
  listed.name = string_or_empty(value, "name");
  listed.title = string_or_empty(value, "title");
  listed.description = string_or_empty(value, "description");
  listed.mime_type = string_or_empty(value, "mimeType");
  listed.annotations = annotations_from(value);
  listed.icons = icons_from(value);
}

}  // namespace

json::object to_json(const Resource& resource) {
  json::object object{{"uri", resource.uri}, {"name", resource.name}};
  add_common(object, resource);
  fields::put(object, "size", resource.size);
  return object;
}

json::object to_json(const ResourceTemplate& resource_template) {
  json::object object{{"uriTemplate", resource_template.uri_template}, {"name", resource_template.name}};
  add_common(object, resource_template);
  return object;
}

json::object to_json(const ReadResourceResult& result) { return {{"contents", fields::array_of(result.contents)}}; }

Result<Resource> resource_from(const json::value& value) {
  Resource resource;
  TRY(resource.uri, fields::required_string(value, "uri", "a resource"));
  read_common(resource, value);
  resource.size = find_integer(value, "size");
  return resource;
}

Result<ResourceTemplate> resource_template_from(const json::value& value) {
  ResourceTemplate resource_template;
  TRY(resource_template.uri_template, fields::required_string(value, "uriTemplate", "a resource template"));
  read_common(resource_template, value);
  return resource_template;
}

Result<ReadResourceResult> read_resource_result_from(const json::object& result) {
  ReadResourceResult read;
  const json::value* contents = result.if_contains("contents");
  if (!contents || !contents->is_array()) return fail(Errc::protocol, "a resource without contents");
  for (const json::value& element : contents->as_array()) {
    TRY(ResourceContents one, resource_contents_from(element));
    read.contents.push_back(std::move(one));
  }
  return read;
}

}  // namespace convoke::mcp
