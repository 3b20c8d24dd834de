#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_problem.hpp"
#include "base/environment.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "mcp/client/client_options.hpp"

namespace convoke {

/// How hard we try to be connected to a server (`mcp.connection` in config.yaml).
struct ConnectionSettings {
  int max_reconnect_attempts = 10;  ///< in a row, before a server is given up; 0: never given up
  std::chrono::milliseconds initial_reconnect_delay{1'000};
  std::chrono::milliseconds max_reconnect_delay{30'000};  ///< the delay doubles up to this
  std::chrono::milliseconds connection_timeout{30'000};   ///< for start and handshake
  std::chrono::milliseconds ping_interval{30'000};        ///< between questions whether it is alive; 0: none
  std::chrono::milliseconds ping_timeout{10'000};         ///< without an answer it counts as dead
  bool operator==(const ConnectionSettings&) const = default;
};

enum class ServerTransport {
  stdio,
  http,  ///< Streamable HTTP
  sse,   ///< the older HTTP+SSE
};

/// Text as it was written, or the file it is in, which is read each time: it may be replaced at any moment.
struct SecretPlace {
  Secret text{};
  std::string file{};
  bool empty() const { return text.empty() && file.empty(); }
};

/// How we are authorized at a server over HTTP (`oauth`). What is empty is found out from the server.
struct OAuthSettings {
  enum class Grant {
    authorization_code,  ///< a person is asked
    client_credentials,
    workload_identity,   ///< the platform says who we are
    enterprise_managed,  ///< the company's identity provider vouches for the person
  };
  bool enabled = true;
  std::string client_id{};  ///< of a client that was registered by hand
  Secret client_secret{};
  std::string auth_method{};
  std::string issuer{};  ///< that the client belongs to
  std::vector<std::string> scopes{};
  Grant grant = Grant::authorization_code;
  SecretPlace assertion{};          ///< workload_identity: the platform's statement, a JWT
  std::string identity_provider{};  ///< enterprise_managed: its token endpoint
  std::string identity_client_id{};
  SecretPlace id_token{};
  bool allow_private_networks = false;  ///< follow the server's URLs there, too
  Secret private_key{};                 ///< PEM, to prove who the client is
  std::string algorithm = "ES256";
  std::string client_metadata_url{};
};

/// One entry of servers_config.json.
struct ServerEntry {
  std::string name;  ///< 1 to 48 letters, digits, '-', '_' and '.'; becomes part of tool names
  ServerTransport transport = ServerTransport::stdio;
  mcp::EraChoice era = mcp::EraChoice::automatic;
  mcp::Revision legacy_revision = mcp::newest_legacy;  ///< offered first to a legacy server
  bool enabled = true;

  std::string command{};  ///< stdio: the program, and its arguments
  std::vector<std::string> arguments{};
  std::map<std::string, Secret> environment{};  ///< added to the few variables every server gets
  std::string working_directory{};

  std::string url{};  ///< http, sse
  std::map<std::string, Secret> headers{};
  json::object oauth{};  ///< as written
  OAuthSettings authorization{};

  std::chrono::milliseconds call_timeout{60'000};   ///< of a call without answer or progress
  std::chrono::milliseconds longest_call{600'000};  ///< whatever its progress
  std::chrono::milliseconds start_timeout{0};       ///< of start and handshake; 0: `connection_timeout`
  std::vector<std::string> auto_approve{};          ///< tools that need no consent, with `*` and `?`
  std::optional<bool> allow_sampling{};             ///< it may ask our model; unset: as `mcp.sampling.servers` says
  std::vector<mcp::Root> roots{};                   ///< folders it is told to work in; none: as `mcp.roots` says
};

/// True when the two describe the same server in every respect: a connection to one can stay for the other.
bool is_same(const ServerEntry& a, const ServerEntry& b);

struct ServersOutcome {
  std::vector<ServerEntry> servers;  ///< in the file's order; only to be used when there is no problem
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;
};

/// Reads the text of a servers_config.json; `file` is its name in problems. Every problem is reported, not only the
/// first. Comments and trailing commas are allowed. An unset variable in a disabled server is no problem.
ServersOutcome parse_servers_config(std::string_view text, const std::string& file, const Environment& environment);

/// As above, from a file. A missing one is a problem if it is `required`; otherwise it means one server, `demo`, that
/// is the program `demo_command`.
ServersOutcome load_servers_config(const std::string& path, bool required, const std::string& demo_command,
                                   const Environment& environment);

}  // namespace convoke
