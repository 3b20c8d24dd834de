#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/config.hpp"
#include "base/config_problem.hpp"
#include "base/environment.hpp"
#include "llm/prices.hpp"
#include "llm/provider_settings.hpp"

namespace convoke {

/// Tells whether files have changed since they were added or it was last asked: replaced, rewritten, removed or made.
class FileWatch {
 public:
  /// To be called before the file is read: then no change is missed.
  void add(std::string file);
  bool changed();

 private:
  struct Watched {
    std::string file;
    std::string identity;  ///< inode, size and time, or "" when it is not there
  };
  std::vector<Watched> files_;
};

/// All files, read and checked. Only to be used when there is no problem.
struct Configuration {
  Config config;
  std::vector<ServerEntry> servers;
  std::vector<ProviderSettings> providers;
  std::shared_ptr<const PriceTable> prices;  ///< the built-in list and the configured one over it
  std::vector<ConfigProblem> problems;
  std::vector<ConfigProblem> warnings;
  FileWatch files;  ///< that were read, or would have been had they been there
};

/// Where the list of prices is that goes before the built-in one; empty where there is none.
std::string prices_path(const LlmConfig& config);

/// Reads config.yaml, servers_config.json and the list of prices from where the command line, the environment or the
/// defaults say.
Configuration read_configuration(const ServeCommand& command, const Environment& environment);

/// The settings that are different in `b` and only take effect at the next start.
std::vector<std::string> needing_restart(const Config& a, const Config& b);

}  // namespace convoke
