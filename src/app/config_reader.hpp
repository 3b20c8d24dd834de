#pragma once
#include <map>
#include <set>
#include <string>

#include "app/config_loader.hpp"
#include "app/config_settings.hpp"
#include "app/config_yaml.hpp"

namespace convoke {

/// Walks through a configuration file by the table of settings and fills a ConfigOutcome. Part of config_loader.
class ConfigReader {
 public:
  /// All references must outlive the reader. `active` is the provider that will be used.
  ConfigReader(std::string file, const Environment& environment, std::string active, ConfigOutcome& outcome);

  void read(const ConfigNode& root);

  /// Reports a problem at the line where `key` was set, or of the file as a whole if it was not.
  void problem(const std::string& key, std::string value, std::string expected);
  bool has_problem(const std::string& key) const;
  bool is_set(const std::string& key) const { return lines_.contains(key); }

 private:
  template <class Owner>
  void section(const ConfigNode& node, const std::string& prefix, const std::string& inside, Owner& owner,
               const std::vector<Setting<Owner>>& table);
  template <class Owner>
  void value(const ConfigNode& node, const std::string& key, const Setting<Owner>& setting, Owner& owner);
  void unacceptable(const ConfigNode& node, const std::string& key, const std::string& text, bool is_secret,
                    const std::string& accepts);
  void providers(const ConfigNode& node);
  void unknown(const std::string& key, const std::vector<std::string>& siblings);
  std::optional<std::string> expanded(const ConfigNode& node, const std::string& key, bool is_secret);
  bool first_time(const ConfigNode& node, const std::string& key);
  bool enter(const ConfigNode& node, const std::string& key);
  bool may_be_unset(const std::string& key) const;
  void warning(const std::string& key, std::string text);

  std::string file_;
  const Environment& environment_;
  std::string active_;
  ConfigOutcome& outcome_;
  std::map<std::string, int> lines_;  ///< where each key was set
};

}  // namespace convoke
