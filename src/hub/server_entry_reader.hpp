#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/servers_config.hpp"

namespace convoke {

/// Reads one entry of servers_config.json. Part of servers_config.
class ServerEntryReader {
 public:
  /// Says where a member of the file stands.
  using LineOf = std::function<int(const std::string& key)>;

  /// All references must outlive the reader; what is found goes into `outcome`.
  ServerEntryReader(const std::string& file, LineOf line_of, const Environment& environment, ServersOutcome& outcome)
      : file_(file), line_of_(std::move(line_of)), environment_(environment), outcome_(outcome) {}

  /// `section` is the key of the list: "mcpServers" or "servers".
  void read(const std::string& section, const std::string& name, const json::value& value);

 private:
  void member(std::string_view name, const json::value& value);
  void read_enabled(const json::object& object);
  void read_transport(const json::object& object);
  void read_era(std::string_view name, const json::value& value);
  void read_oauth(const json::value& value);
  void read_oauth_member(std::string_view name, const json::value& value);
  void read_identity_provider(const json::value& value);
  void check_oauth(const OAuthSettings& settings);
  void read_env_file(const std::string& path);
  void check(const json::object& object);
  void check_use(const json::object& object);
  void check_times(const json::object& object);

  std::string text(std::string_view name, const json::value& value, bool is_secret = false);
  std::vector<std::string> texts(std::string_view name, const json::value& value);
  void secrets(std::string_view name, const json::value& value, std::map<std::string, Secret>& into);
  std::chrono::milliseconds seconds(std::string_view name, const json::value& value);
  template <class Value>
  void choose(std::string_view name, const json::value& value, const std::map<std::string, Value>& choices,
              Value& into);

  void problem(std::string_view name, std::string value, std::string expected);
  void warning(std::string_view name, std::string text);
  std::string key_of(std::string_view name) const;

  const std::string& file_;
  LineOf line_of_;
  const Environment& environment_;
  ServersOutcome& outcome_;
  std::string key_;  ///< of the entry that is being read
  ServerEntry entry_;
};

}  // namespace convoke
