#pragma once
#include <string>

#include "base/secret.hpp"

namespace convoke {

struct TerminalChatOptions {
  std::string url = "ws://localhost:8000/ws/chat";
  std::string conversation_id{};  ///< empty: a new one
  std::string model{};            ///< empty: the server's
  Secret token{};
};

/// Talks to a running server: with a person at a terminal, line by line; with anything else on stdin, it takes all of
/// that for one question and prints the answer alone on stdout. Returns the exit code: 0 done, 1 failed.
int terminal_chat(const TerminalChatOptions& options);

}  // namespace convoke
