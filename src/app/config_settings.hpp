#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/config.hpp"

namespace convoke {

/// One setting of config.yaml: where it stands, what it accepts, what it means. Reading the file, checking it and
/// docs/configuration.md all follow this one table; defaults come from the structs of config.hpp.
template <class Owner>
struct Setting {
  std::string key;         ///< dotted path inside its owner
  std::string accepts;     ///< for people, e.g. "a whole number from 0 to 65535"
  std::string standard{};  ///< the default as one would write it; "" for none
  std::string meaning{};
  bool is_list = false;
  bool is_secret = false;
  /// Puts the text, or each text of a list, into its place. Returns where those are that are not acceptable, having
  /// changed nothing; none when it is done.
  std::function<std::vector<std::size_t>(Owner&, const std::vector<std::string>& texts)> store{};
};

/// Everything outside `llm.providers`.
const std::vector<Setting<Config>>& settings();

/// What each `llm.providers.<name>` may hold.
const std::vector<Setting<ProviderConfig>>& provider_settings();

/// A key that other programs know and that means nothing here, with everything below it.
struct ForeignKey {
  std::string key;
  std::string why;
};
const std::vector<ForeignKey>& foreign_keys();

}  // namespace convoke
