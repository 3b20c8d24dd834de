#include "hub/servers_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/config_text.hpp"
#include "hub/json_lines.hpp"
#include "hub/server_entry_reader.hpp"

namespace convoke {
namespace {

std::expected<json::value, ConfigProblem> parse_with_comments(std::string_view text, const std::string& file) {
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  options.max_depth = max_json_depth;
  json::stream_parser parser({}, options);
  boost::system::error_code error;
  const std::size_t used = parser.write(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  if (!error) return parser.release();
  const int line = line_at(text, std::min(used, text.size()));
  return std::unexpected(ConfigProblem{file, line, "", "", "not JSON: " + error.message()});
}

}  // namespace

ServersOutcome parse_servers_config(std::string_view text, const std::string& file, const Environment& environment) {
  ServersOutcome outcome;
  if (auto problem = encoding_problem(text, file)) {
    outcome.problems.push_back(*std::move(problem));
    return outcome;
  }
  const auto root = parse_with_comments(text, file);
  if (!root) {
    outcome.problems.push_back(root.error());
    return outcome;
  }
  const JsonLines where = json_lines(text);
  const auto line_of = [&](const std::string& key) {
    const auto found = where.lines.find(key);
    return found == where.lines.end() ? 0 : found->second;
  };
  const std::string section = find(*root, "mcpServers") ? "mcpServers" : "servers";
  const json::object* servers = find_object(*root, section);
  if (!servers) {
    outcome.problems.push_back(
        {file, line_of(section), "", "", "expected an object \"mcpServers\" with a member for each server"});
    return outcome;
  }
  for (const std::string& key : where.repeated) {
    outcome.problems.push_back({file, line_of(key), key, "", "it is there twice"});
  }
  for (const auto& [name, value] : root->get_object()) {
    const std::string key = name;
    if (key != section)
      outcome.warnings.push_back({file, line_of(key), key, "", "there is no such setting; it is ignored"});
  }
  ServerEntryReader reader(file, line_of, environment, outcome);
  for (const auto& [name, value] : *servers) reader.read(section, name, value);
  std::ranges::sort(outcome.problems, {}, [](const ConfigProblem& found) { return std::pair(found.line, found.key); });
  return outcome;
}

ServersOutcome load_servers_config(const std::string& path, bool required, const std::string& demo_command,
                                   const Environment& environment) {
  const auto text = read_config_file(path);
  if (text && *text) return parse_servers_config(**text, path, environment);
  ServersOutcome outcome;
  if (!text || required) {
    outcome.problems.push_back(text ? ConfigProblem{path, 0, "", "", "there is no such file"} : text.error());
  } else {
    outcome.servers.push_back(ServerEntry{.name = "demo", .command = demo_command});
  }
  return outcome;
}

bool is_same(const ServerEntry& a, const ServerEntry& b) {
  const auto same_secrets = [](const std::map<std::string, Secret>& x, const std::map<std::string, Secret>& y) {
    return std::ranges::equal(x, y, [](const auto& one, const auto& other) {
      return one.first == other.first && one.second.reveal() == other.second.reveal();
    });
  };
  const auto plain = [](const ServerEntry& e) {
    return std::tie(e.name, e.transport, e.era, e.legacy_revision, e.enabled, e.command, e.arguments,
                    e.working_directory, e.url, e.oauth, e.authorization.enabled, e.call_timeout, e.longest_call,
                    e.start_timeout, e.auto_approve, e.allow_sampling, e.roots);
  };
  return plain(a) == plain(b) && same_secrets(a.environment, b.environment) && same_secrets(a.headers, b.headers);
}

}  // namespace convoke
