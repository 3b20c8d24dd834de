#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/toolbox.hpp"
#include "mcp/types/prompt.hpp"
#include "mcp/types/resource.hpp"
#include "mcp/types/tool.hpp"

namespace convoke {

/// What one server has to offer, as it last listed it.
struct ServerOffer {
  std::string server;
  std::vector<mcp::Tool> tools{};
  std::vector<mcp::Prompt> prompts{};
  std::vector<mcp::Resource> resources{};
  std::vector<mcp::ResourceTemplate> templates{};
  std::vector<std::string> auto_approve{};  ///< names and globs of tools that need no consent
  bool available = true;  ///< false while the server is down: all of it is withdrawn, the names stay taken
};

/// Where the calls of a tool, or the requests for a prompt or a resource, go.
struct Route {
  std::string server;
  std::string name;  ///< as the server calls it; of a resource the URI
  bool operator==(const Route&) const = default;
};

/// Something a server offers, under the name it has here.
template <class Item>
struct Offered {
  std::string server;
  Item item;
  bool operator==(const Offered&) const = default;
};

/// All that the servers offer, under names of which each is there once. An immutable value: a change makes a new one.
///
/// A tool keeps its own name where it can. Where two tools claim the same one, or its own is not a name models accept
/// (`^[a-zA-Z0-9_-]{1,64}$`, other characters becoming '_'), it is called `server__tool`. Prompts are named by the same
/// rule, but may have any characters. A resource or template whose URI two servers list is called
/// `convoke://server/URI`; by that name every resource can be read. Names depend on what the servers list, not on which
/// of them are up, so that a restart does not rename anything in the middle of a conversation.
struct Catalogue {
  std::vector<Tool> tools{};  ///< of available servers, in the order of the servers, then as each lists them
  std::vector<Offered<mcp::Tool>> definitions{};                ///< the same tools, whole
  std::vector<Offered<mcp::Prompt>> prompts{};                  ///< of available servers, in the same order
  std::vector<Offered<mcp::Resource>> resources{};              ///< likewise
  std::vector<Offered<mcp::ResourceTemplate>> templates{};      ///< likewise
  std::map<std::string, Route, std::less<>> routes{};           ///< of the tools of all servers
  std::map<std::string, Route, std::less<>> prompt_routes{};    ///< of all servers
  std::map<std::string, Route, std::less<>> resource_routes{};  ///< of listed resources of all servers
  std::map<std::string, Route, std::less<>> template_routes{};  ///< of all servers
  std::vector<std::string> resource_servers{};                  ///< that have resources or templates
  bool operator==(const Catalogue&) const = default;
};

Catalogue make_catalogue(const std::vector<const ServerOffer*>& servers);
Catalogue make_catalogue(const std::vector<ServerOffer>& servers);

/// `convoke://server/URI`: the name of a resource that says whose it is.
std::string qualified_uri(std::string_view server, std::string_view uri);

/// Where to read `uri`, listed or not: where its qualified name says; else the server that lists it; else the first one
/// with a template it fits; else the only server that has resources at all. Nothing if that leaves no server.
std::optional<Route> resource_route(const Catalogue& catalogue, std::string_view uri);

}  // namespace convoke
