#include "hub/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "hub/approvals.hpp"
#include "mcp/server/methods.hpp"

namespace convoke {
namespace {

constexpr std::size_t longest_name = 64;

/// What a model may see of a name: other characters become '_'.
std::string sanitised(std::string_view name) {
  std::string clean(name);
  for (char& c : clean) {
    const bool allowed =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!allowed) c = '_';
  }
  return clean;
}

/// FNV-1a over both names: the same in every run and on every machine, unlike std::hash.
std::uint32_t fingerprint(const Route& route) {
  std::uint32_t hash = 2'166'136'261u;
  for (const char c : route.server + '\0' + route.name) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return hash;
}

bool can_keep_its_name(const std::string& clean, const std::map<std::string, int>& claims) {
  return !clean.empty() && clean.size() <= longest_name && claims.at(clean) == 1;
}

/// `server__tool`; when that is too long or taken, cut short and told apart by a fingerprint.
std::string qualified(const Route& route, const std::set<std::string>& taken) {
  const std::string wanted = sanitised(route.server) + "__" + sanitised(route.name);
  if (wanted.size() <= longest_name && !taken.contains(wanted)) return wanted;
  return fmt::format("{}_{:08x}", wanted.substr(0, longest_name - 9), fingerprint(route));
}

ToolHints hints_of(const mcp::ToolAnnotations& annotations) {
  const ToolHints absent;
  return {
      annotations.read_only_hint.value_or(absent.read_only), annotations.destructive_hint.value_or(absent.destructive),
      annotations.idempotent_hint.value_or(absent.idempotent), annotations.open_world_hint.value_or(absent.open_world)};
}

Tool described(std::string name, const ServerOffer& by, const mcp::Tool& tool) {
  const auto names_it = [&](const std::string& pattern) { return fits_glob(pattern, tool.name); };
  return {.name = std::move(name),
          .server = by.server,
          .title = tool.display_name(),
          .description = tool.description,
          .input_schema = tool.input_schema,
          .own_name = tool.name,
          .hints = hints_of(tool.annotations),
          .auto_approved = std::ranges::any_of(by.auto_approve, names_it)};
}

struct ToolOfServer {
  const ServerOffer& by;
  const mcp::Tool& tool;
};

/// Every tool once: a server that lists a name twice means one tool.
std::vector<ToolOfServer> all_offered(const std::vector<const ServerOffer*>& servers) {
  std::vector<ToolOfServer> offered;
  for (const ServerOffer* server : servers) {
    std::set<std::string_view> seen;
    for (const mcp::Tool& tool : server->tools) {
      if (seen.insert(tool.name).second) offered.push_back({*server, tool});
    }
  }
  return offered;
}

void add_tools(const std::vector<const ServerOffer*>& servers, Catalogue& catalogue) {
  const std::vector<ToolOfServer> offered = all_offered(servers);
  std::map<std::string, int> claims;
  for (const auto& [by, tool] : offered) ++claims[sanitised(tool.name)];

  // Kept names come first, so that no qualified name can push one aside.
  std::set<std::string> taken;
  for (const auto& [name, count] : claims) {
    if (can_keep_its_name(name, claims)) taken.insert(name);
  }
  for (const auto& [by, tool] : offered) {
    const Route route{by.server, tool.name};
    std::string name = sanitised(tool.name);
    if (!can_keep_its_name(name, claims)) name = qualified(route, taken);
    taken.insert(name);
    catalogue.routes.emplace(name, route);
    if (!by.available) continue;
    catalogue.tools.push_back(described(name, by, tool));
    catalogue.definitions.push_back({by.server, tool});
    catalogue.definitions.back().item.name = name;
  }
}

/// Adds a list of what nobody but us names: the names may have any characters. `name` is the member that holds it,
/// `qualify` makes a name from server and name that no other server can claim.
template <class Item>
void add_named(const std::vector<const ServerOffer*>& servers, std::vector<Item> ServerOffer::* list,
               std::string Item::* name, const std::function<std::string(const Route&)>& qualify,
               std::vector<Offered<Item>>& items, std::map<std::string, Route, std::less<>>& routes) {
  std::map<std::string_view, std::set<std::string_view>> claims;
  for (const ServerOffer* server : servers) {
    for (const Item& item : server->*list) claims[item.*name].insert(server->server);
  }
  for (const ServerOffer* server : servers) {
    for (const Item& item : server->*list) {
      const Route route{server->server, item.*name};
      std::string unique = claims[item.*name].size() == 1 ? item.*name : qualify(route);
      // Second of its name at one server, or a name that looks like another's qualified one: the first has it.
      const bool is_new = routes.emplace(unique, route).second;
      if (!is_new || !server->available) continue;
      items.push_back({server->server, item});
      items.back().item.*name = std::move(unique);
    }
  }
}

constexpr std::string_view uri_prefix = "convoke://";

/// The server and the rest, if `uri` is a qualified one.
std::optional<Route> qualified_route(const Catalogue& catalogue, std::string_view uri) {
  if (!uri.starts_with(uri_prefix)) return std::nullopt;
  uri.remove_prefix(uri_prefix.size());
  const auto slash = uri.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Route route{std::string(uri.substr(0, slash)), std::string(uri.substr(slash + 1))};
  if (std::ranges::find(catalogue.resource_servers, route.server) == catalogue.resource_servers.end()) return {};
  return route;
}

}  // namespace

Catalogue make_catalogue(const std::vector<const ServerOffer*>& servers) {
  Catalogue catalogue;
  add_tools(servers, catalogue);
  const auto prompt_name = [](const Route& route) { return route.server + "__" + route.name; };
  const auto uri = [](const Route& route) { return qualified_uri(route.server, route.name); };
  add_named<mcp::Prompt>(servers, &ServerOffer::prompts, &mcp::Prompt::name, prompt_name, catalogue.prompts,
                         catalogue.prompt_routes);
  add_named<mcp::Resource>(servers, &ServerOffer::resources, &mcp::Resource::uri, uri, catalogue.resources,
                           catalogue.resource_routes);
  add_named<mcp::ResourceTemplate>(servers, &ServerOffer::templates, &mcp::ResourceTemplate::uri_template, uri,
                                   catalogue.templates, catalogue.template_routes);
  for (const ServerOffer* server : servers) {
    if (!server->resources.empty() || !server->templates.empty()) catalogue.resource_servers.push_back(server->server);
  }
  return catalogue;
}

Catalogue make_catalogue(const std::vector<ServerOffer>& servers) {
  std::vector<const ServerOffer*> all;
  for (const ServerOffer& server : servers) all.push_back(&server);
  return make_catalogue(all);
}

std::string qualified_uri(std::string_view server, std::string_view uri) {
  return fmt::format("{}{}/{}", uri_prefix, server, uri);
}

std::optional<Route> resource_route(const Catalogue& catalogue, std::string_view uri) {
  if (const auto listed = catalogue.resource_routes.find(uri); listed != catalogue.resource_routes.end()) {
    return listed->second;
  }
  if (auto route = qualified_route(catalogue, uri)) return route;
  for (const auto& [server, item] : catalogue.templates) {
    if (mcp::match_uri(item.uri_template, uri)) return Route{server, std::string(uri)};
  }
  if (catalogue.resource_servers.size() == 1) return Route{catalogue.resource_servers.front(), std::string(uri)};
  return std::nullopt;
}

}  // namespace convoke
