#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"
#include "base/config_problem.hpp"
#include "base/environment.hpp"

namespace convoke {

/// A file to read. When it is not `required`, its absence means the defaults; one that somebody named must be there.
struct ConfigPath {
  std::string path;
  bool required = false;
};

/// What the command line says over the file's head.
struct ConfigOverrides {
  std::optional<std::string> host{};
  std::optional<int> port{};
};

/// `config` is only to be used when there is no problem; warnings do not forbid it.
struct ConfigOutcome {
  Config config;
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;
};

/// Where the configuration is: as the command line says, else MCP_CONFIG_PATH, else config.yaml in the working
/// directory.
ConfigPath config_path(const std::optional<std::string>& command_line, const Environment& environment);

/// Where the list of servers is: MCP_SERVERS_CONFIG_PATH, else `mcp.config_file`, else servers_config.json in the
/// working directory.
ConfigPath servers_config_path(const Config& config, const Environment& environment);

/// Reads the text of a config.yaml; `file` is its name in problems. Every problem is reported, not only the first. A
/// setting without a value keeps its default.
ConfigOutcome parse_config(std::string_view yaml, const std::string& file, const Environment& environment,
                           const ConfigOverrides& overrides = {});

/// As above, from a file.
ConfigOutcome load_config(const ConfigPath& path, const Environment& environment,
                          const ConfigOverrides& overrides = {});

}  // namespace convoke
