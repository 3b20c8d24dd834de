#pragma once
#include <string>
#include <vector>

namespace convoke {

/// What is wrong with one place of a configuration file, for the person who wrote it.
struct ConfigProblem {
  std::string file;
  int line = 0;          ///< from 1; 0: the file as a whole
  std::string key{};     ///< dotted path, e.g. "chat.websocket.port"
  std::string value{};   ///< as written, before environment variables are put in; "***" for secrets
  std::string expected;  ///< what would have been right, or what is wrong, as the end of a sentence
  bool operator==(const ConfigProblem&) const = default;
};

/// One line, e.g. `config.yaml:12: chat.websocket.port is "99999": expected a whole number from 0 to 65535`.
std::string describe(const ConfigProblem& problem);

/// The known name nearest to a misspelt one, or "" when none is near: at most a third of the letters differ.
std::string nearest(const std::string& misspelt, const std::vector<std::string>& known);

}  // namespace convoke
