#pragma once
#include <memory>
#include <optional>
#include <string>

namespace convoke {

/// Reads lines from a person at a terminal, with editing and a history for this run. Blocks.
class LineEditor {
 public:
  LineEditor();
  ~LineEditor();

  /// The next line without its end; nothing at Ctrl-D.
  std::optional<std::string> read(const std::string& prompt);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace convoke
