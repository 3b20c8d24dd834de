#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/toolbox.hpp"
#include "mcp/types/tool.hpp"

namespace convoke {

/// What one server has to offer, as it last listed it.
struct ServerTools {
  std::string server;
  std::vector<mcp::Tool> tools;
  bool available = true;  ///< false while the server is down: its tools are withdrawn, their names stay taken
  std::vector<std::string> auto_approve{};  ///< names and globs of tools that need no consent
};

/// Where the calls of a tool go.
struct Route {
  std::string server;
  std::string tool;  ///< as the server calls it
  bool operator==(const Route&) const = default;
};

/// All tools under the names the model uses for them. An immutable value: a change makes a new one.
///
/// A tool keeps its own name where it can. Where two tools claim the same one, or its own is not a name models accept
/// (`^[a-zA-Z0-9_-]{1,64}$`, other characters becoming '_'), it is called `server__tool`. Names depend on what the
/// servers list, not on which of them are up, so that a restart does not rename tools in the middle of a conversation.
struct Catalogue {
  std::vector<Tool> tools;  ///< of available servers, in the order of the servers, then as each lists them
  std::map<std::string, Route, std::less<>> routes;  ///< of all servers
};

Catalogue make_catalogue(const std::vector<ServerTools>& servers);

}  // namespace convoke
