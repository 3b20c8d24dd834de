#include "hub/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hub/approvals.hpp"

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
  for (const char c : route.server + '\0' + route.tool) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return hash;
}

bool can_keep_its_name(const std::string& clean, const std::map<std::string, int>& claims) {
  return !clean.empty() && clean.size() <= longest_name && claims.at(clean) == 1;
}

/// `server__tool`; when that is too long or taken, cut short and told apart by a fingerprint.
std::string qualified(const Route& route, const std::set<std::string>& taken) {
  const std::string wanted = sanitised(route.server) + "__" + sanitised(route.tool);
  if (wanted.size() <= longest_name && !taken.contains(wanted)) return wanted;
  return fmt::format("{}_{:08x}", wanted.substr(0, longest_name - 9), fingerprint(route));
}

ToolHints hints_of(const mcp::ToolAnnotations& annotations) {
  const ToolHints absent;
  return {
      annotations.read_only_hint.value_or(absent.read_only), annotations.destructive_hint.value_or(absent.destructive),
      annotations.idempotent_hint.value_or(absent.idempotent), annotations.open_world_hint.value_or(absent.open_world)};
}

Tool described(std::string name, const ServerTools& by, const mcp::Tool& tool) {
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

struct Offered {
  const ServerTools& by;
  const mcp::Tool& tool;
};

/// Every tool once: a server that lists a name twice means one tool.
std::vector<Offered> all_offered(const std::vector<ServerTools>& servers) {
  std::vector<Offered> offered;
  for (const ServerTools& server : servers) {
    std::set<std::string_view> seen;
    for (const mcp::Tool& tool : server.tools) {
      if (seen.insert(tool.name).second) offered.push_back({server, tool});
    }
  }
  return offered;
}

}  // namespace

Catalogue make_catalogue(const std::vector<ServerTools>& servers) {
  const std::vector<Offered> offered = all_offered(servers);
  std::map<std::string, int> claims;
  for (const auto& [by, tool] : offered) ++claims[sanitised(tool.name)];

  // Kept names come first, so that no qualified name can push one aside.
  std::set<std::string> taken;
  for (const auto& [name, count] : claims) {
    if (can_keep_its_name(name, claims)) taken.insert(name);
  }
  Catalogue catalogue;
  for (const auto& [by, tool] : offered) {
    const Route route{by.server, tool.name};
    std::string name = sanitised(tool.name);
    if (!can_keep_its_name(name, claims)) name = qualified(route, taken);
    taken.insert(name);
    catalogue.routes.emplace(name, route);
    if (by.available) catalogue.tools.push_back(described(name, by, tool));
  }
  return catalogue;
}

}  // namespace convoke
