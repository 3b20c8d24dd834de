#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/llm_config.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "chat/turn_guard.hpp"
#include "domain/frames.hpp"
#include "domain/retention.hpp"
#include "hub/approvals.hpp"
#include "hub/servers_config.hpp"

namespace convoke {

/// What of a conversation goes to the model.
struct SummaryConfig {
  bool enabled = false;
  std::string model{};  ///< as clients name models; empty: the one that answers
  int max_tokens = 1'000;
  bool operator==(const SummaryConfig&) const = default;
};

struct ContextConfig {
  int max_tokens = 32'000;     ///< prompt and answer together
  int reserve_tokens = 2'000;  ///< of max_tokens, kept free for the answer
  int preserve_recent = 4;     ///< newest messages that are never left out
  int max_result_bytes = 16 * 1024;
  int max_tools_percent = 20;
  SummaryConfig summary{};
  bool operator==(const ContextConfig&) const = default;
};

struct PersistenceConfig {
  bool enabled = true;
  RetentionPolicy retention_policy = RetentionPolicy::unlimited;
  int max_tokens_per_conversation = 100'000;  ///< for token_limit
  int max_messages_per_conversation = 1'000;  ///< for message_count
  int retention_days = 90;                    ///< for time_based
  bool clear_on_startup = false;
  bool operator==(const PersistenceConfig&) const = default;
};

enum class RepositoryType { sqlite, postgresql, memory };

struct RepositoryConfig {
  RepositoryType type = RepositoryType::sqlite;
  std::string path = "events.db";  ///< for sqlite
  Secret url{};                    ///< for postgresql
  PersistenceConfig persistence{};
  bool operator==(const RepositoryConfig& other) const {
    return type == other.type && path == other.path && url.reveal() == other.url.reveal() &&
           persistence == other.persistence;
  }
};

struct ToolNotificationsConfig {
  bool enabled = true;
  bool show_args = true;
  bool operator==(const ToolNotificationsConfig&) const = default;
};

/// Who gives conversations their titles.
enum class TitleSource {
  automatic,  ///< the model, unless it runs on this machine
  model,
  first_words,  ///< nobody: their first question is their title
};

struct TitlesConfig {
  TitleSource source = TitleSource::automatic;
  std::string model{};  ///< as clients name models; empty: the one that answered
  bool operator==(const TitlesConfig&) const = default;
};

struct ChatConfig {
  std::string system_prompt = "You are a helpful assistant with access to tools. Use them when they help.";
  TurnLimits limits{};
  bool streaming_enabled = true;
  ContextConfig context{};
  TitlesConfig titles{};
  QuestionPriority max_priority = QuestionPriority::normal;
  ToolNotificationsConfig tool_notifications{};
  RepositoryConfig repository{};
  bool operator==(const ChatConfig&) const = default;
};

struct WebsocketConfig {
  std::string host = "localhost";
  int port = 8000;  ///< 0: any free one
  std::string endpoint = "/ws/chat";
  std::vector<std::string> allow_origins{};  ///< besides our own page; "*" for any
  int max_message_size = 8 * 1024 * 1024;    ///< bytes of one frame from a client
  int max_pending_bytes = 4 * 1024 * 1024;   ///< unsent bytes after which a slow client is let go
  std::chrono::milliseconds ping_interval{20'000};
  std::chrono::milliseconds ping_timeout{20'000};
  int max_connections = 10'000;
  bool operator==(const WebsocketConfig&) const = default;
};

struct LoggingConfig {
  LogLevel level = LogLevel::info;
  std::optional<LogFormat> format{};  ///< unset: text on a terminal, JSON lines elsewhere
  bool operator==(const LoggingConfig&) const = default;
};

struct ServerConfig {
  int threads = 0;  ///< 0: one per core
  std::chrono::milliseconds shutdown_timeout{30'000};
  std::vector<Secret> auth_tokens{};  ///< empty: no authentication, allowed on loopback only
};

struct SamplingConfig {
  std::vector<std::string> servers{};  ///< names and globs of servers that may ask the model
  bool ask = true;
  int max_tokens = 2'000;
  int max_per_turn = 10;
  bool operator==(const SamplingConfig&) const = default;
};

struct McpConfig {
  std::string config_file{};  ///< empty: servers_config.json in the working directory, if there is one
  ConnectionSettings connection{};
  bool gateway = true;  ///< serve all servers as one at /mcp
  std::string credentials_file = "mcp_credentials";
  ApprovalSettings approvals{};
  std::string approvals_file = "approvals.json";  ///< what people approved for a conversation
  SamplingConfig sampling{};
  std::vector<std::string> roots{};  ///< folders, for servers without roots of their own
  bool operator==(const McpConfig&) const = default;
};

/// What is remembered across conversations.
struct MemoryConfig {
  bool enabled = false;
  std::string path = "memory.json";
  bool operator==(const MemoryConfig&) const = default;
};

/// Everything config.yaml can say, with the defaults that hold where it says nothing. docs/configuration.md describes
/// each setting for users; the names here are the file's names.
struct Config {
  LlmConfig llm{};
  ChatConfig chat{};
  WebsocketConfig websocket{};
  LoggingConfig logging{};
  ServerConfig server{};
  McpConfig mcp{};
  MemoryConfig memory{};
};

}  // namespace convoke
