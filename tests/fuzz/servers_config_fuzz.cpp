// Whatever a servers_config.json, or a file of variables that it names, holds: servers or problems, each problem at a
// line of the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "hub/env_file.hpp"
#include "hub/servers_config.hpp"

namespace {

std::optional<std::string> variable(std::string_view name) {
  if (name.size() > 3) return std::nullopt;
  return std::string(name) + "${A}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace convoke;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto lines = 1 + std::ranges::count(text, '\n');
  const auto read = parse_servers_config(text, "servers_config.json", variable);
  for (const ConfigProblem& problem : read.problems) {
    if (problem.line < 0 || problem.line > lines || problem.expected.empty()) std::abort();
  }
  if (read.problems.empty()) {
    for (const ServerEntry& server : read.servers) {
      if (server.name.empty() || server.command.empty() == server.url.empty()) std::abort();
      if (!is_same(server, server)) std::abort();
    }
  }
  static_cast<void>(parse_env_file(text));
  return 0;
}
