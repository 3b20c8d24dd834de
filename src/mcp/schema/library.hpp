// The documents a schema consists of, and where in them a reference leads. Internal to schema/.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mcp/schema/program.hpp"
#include "mcp/schema/schema.hpp"

namespace convoke::mcp::schema {

/// How the keywords of a resource are to be read.
struct Dialect {
  bool older = false;      ///< draft 4 to 2019-09: arrays in `items`, `dependencies`, anchors in `$id`
  bool ref_alone = false;  ///< draft 4 to 7: what stands beside `$ref` does not count
  bool validates = true;   ///< the vocabulary of assertions is in use
};

/// A schema with a URI of its own.
struct Resource {
  std::string uri;
  const json::value* root = nullptr;
  Dialect dialect{};
  std::map<std::string, const json::value*> anchors{};
  std::map<std::string, const json::value*> dynamic_anchors{};
};

/// A place in a document.
struct Place {
  const json::value* schema = nullptr;
  ResourceIndex resource = 0;
};

class Library {
 public:
  Library(const json::value& schema, const Documents& known);

  /// Takes in the schema itself; its place.
  Result<Place> open();

  /// Where `reference` leads from `resource`; `invalid_input` when that is nowhere. Never fetches anything.
  Result<Place> find(std::string_view reference, ResourceIndex resource);
  /// The resource that `place` itself opens or is in.
  ResourceIndex resource_of(const json::value& place, ResourceIndex around) const;

  const Resource& resource(ResourceIndex index) const { return resources_[index]; }
  std::size_t resources() const { return resources_.size(); }
  const json::value& schema() const { return schema_; }

 private:
  Result<void> take_in(const json::value& schema, ResourceIndex around, int depth);
  Result<void> take_in_object(const json::object& schema, const json::value& self, ResourceIndex around, int depth);
  Result<ResourceIndex> add_resource(std::string uri, const json::value& root, Dialect dialect);
  Result<ResourceIndex> resource_at(const std::string& uri);
  Result<Dialect> dialect_of(const json::value& root, Dialect around);
  Result<Place> follow(std::string_view pointer, ResourceIndex resource);
  const json::value* document(const std::string& uri);

  const json::value& schema_;
  const Documents& known_;
  std::deque<Resource> resources_;
  std::map<std::string, ResourceIndex> by_uri_;
  std::unordered_map<const json::value*, ResourceIndex> resource_of_;
};

/// The document of the draft at this URI; null if there is none.
const json::value* draft_document(std::string_view uri);

}  // namespace convoke::mcp::schema
