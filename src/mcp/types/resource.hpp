#pragma once
#include <optional>
#include <string>
#include <vector>

#include "mcp/types/content.hpp"

namespace convoke::mcp {

/// A resource as its server lists it. URIs are compared as text.
struct Resource {
  std::string uri;
  std::string name;
  std::string title{};
  std::string description{};
  std::string mime_type{};
  std::optional<std::int64_t> size{};  ///< bytes
  Annotations annotations{};
  std::vector<Icon> icons{};
  bool operator==(const Resource&) const = default;
};

struct ResourceTemplate {
  std::string uri_template;  ///< RFC 6570
  std::string name;
  std::string title{};
  std::string description{};
  std::string mime_type{};
  Annotations annotations{};
  std::vector<Icon> icons{};
  bool operator==(const ResourceTemplate&) const = default;
};

/// One resource read; a directory may answer with several contents.
struct ReadResourceResult {
  std::vector<ResourceContents> contents{};
  bool operator==(const ReadResourceResult&) const = default;
};

json::object to_json(const Resource& resource);
json::object to_json(const ResourceTemplate& resource_template);
json::object to_json(const ReadResourceResult& result);
Result<Resource> resource_from(const json::value& value);
Result<ResourceTemplate> resource_template_from(const json::value& value);
Result<ReadResourceResult> read_resource_result_from(const json::object& result);

}  // namespace convoke::mcp
