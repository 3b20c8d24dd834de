#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace convoke {

struct ServeCommand {
  std::optional<std::string> config{};
  std::optional<std::string> host{};
  std::optional<int> port{};
  bool validate_only = false;
};

struct ChatCommand {
  std::string url{};  ///< of the server; empty: this machine's, on the configured port
  std::string conversation{};
  std::string model{};
  std::string token{};
};

/// What has to do with MCP, besides serving chats.
struct McpCommand {
  enum class Action { serve, list, log_in, log_out, approvals };
  Action action = Action::serve;
  std::optional<std::string> config{};
  std::string server{};       ///< for log_in and log_out
  bool opens_browser = true;  ///< for log_in
  std::string forget{};       ///< for approvals: SERVER or SERVER/TOOL, with `*` and `?`; empty: only list them
};

/// Where a running server is.
struct ServerOptions {
  std::string url{};  ///< empty: this machine's
  std::string token{};
};

struct ExportCommand {
  ServerOptions server{};
  std::vector<std::string> conversations{};
  bool all = false;
  std::string format = "jsonl";
  std::string file{};  ///< empty: stdout
};

struct ImportCommand {
  ServerOptions server{};
  std::string file{};  ///< "-": stdin
  bool copy = false;
};

struct SearchCommand {
  ServerOptions server{};
  std::vector<std::string> words{};
  std::string role{};
  std::string conversation{};
  int limit = 20;
  bool json = false;
};

struct TokensCommand {
  std::vector<std::string> files{};  ///< "-" or none: standard input
  std::string model = "gpt-4o";
  bool json = false;
};

struct UsageCommand {
  std::string by = "day";
  std::string since{};
  std::string until{};
  std::string database{};  ///< empty: the configured one
  std::optional<std::string> config{};
  bool json = false;
  bool csv = false;
};

struct PricesCommand {
  std::string model{};  ///< part of the names to show; empty: all
  bool json = false;    ///< as a list of prices that can be read again
  std::optional<std::string> config{};
};

struct UpdatePricesCommand {
  std::string from{};  ///< a file; empty: the provider itself is asked
  std::string provider = "openrouter";
  std::string to{};  ///< empty: the file the configuration reads
  std::optional<std::string> config{};
};

struct DbCommand {
  std::string action{};    ///< check, backup, restore, vacuum, recover or retention
  std::string database{};  ///< empty: the configured one
  std::string copy{};      ///< the file that is made or restored
  std::optional<std::string> config{};
};

/// The command line said everything already (--help, --version) or was wrong; `exit_code` is 0 or 2.
struct Done {
  int exit_code = 0;
};

using Command = std::variant<ServeCommand, ChatCommand, McpCommand, TokensCommand, UsageCommand, PricesCommand,
                             UpdatePricesCommand, DbCommand, ExportCommand, ImportCommand, SearchCommand, Done>;

/// Understands the command line. Help goes to stdout, complaints to stderr.
Command parse_command_line(int argc, char** argv);

}  // namespace convoke
