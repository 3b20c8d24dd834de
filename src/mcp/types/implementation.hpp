#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace convoke::mcp {

/// A picture for a tool, prompt, resource or program. Untrusted: fetch with care, if at all.
struct Icon {
  std::string src;  ///< https: or data: URI
  std::string mime_type{};
  std::vector<std::string> sizes{};  ///< "48x48" or "any"
  std::string theme{};               ///< "light", "dark" or ""
  bool operator==(const Icon&) const = default;
};

/// A program that speaks the protocol, as it introduces itself. Untrusted text.
struct Implementation {
  std::string name;
  std::string version;
  std::string title{};
  std::string description{};
  std::string website_url{};
  std::vector<Icon> icons{};
  bool operator==(const Implementation&) const = default;
};

/// What a client can do for a server while it answers.
struct ClientCapabilities {
  bool sampling = false;
  bool sampling_tools = false;
  bool elicitation_form = false;
  bool elicitation_url = false;
  bool roots = false;
  bool roots_list_changed = false;  ///< legacy
  bool tasks = false;               ///< modern: a tool call may be answered with a task
  json::object extensions{};        ///< modern: extension id to settings
  bool operator==(const ClientCapabilities&) const = default;
};

/// What a server offers.
struct ServerCapabilities {
  bool tools = false;
  bool tools_list_changed = false;
  bool prompts = false;
  bool prompts_list_changed = false;
  bool resources = false;
  bool resources_list_changed = false;
  bool resources_subscribe = false;
  bool completions = false;
  bool logging = false;
  bool tasks = false;         ///< tool calls may be tasks: a capability in 2025-11-25, an extension in the modern era
  json::object extensions{};  ///< modern
  bool operator==(const ServerCapabilities&) const = default;
};

/// Severity of a server's log message, as in RFC 5424, least severe first.
enum class LoggingLevel { debug, info, notice, warning, error, critical, alert, emergency };
std::string_view name_of(LoggingLevel level);
std::optional<LoggingLevel> logging_level_named(std::string_view name);

json::object to_json(const Icon& icon);
json::object to_json(const Implementation& implementation);
json::object to_json(const ClientCapabilities& capabilities);
/// `tasks` in the form of 2025-11-25; the modern era wants it among the extensions, put there before.
json::object to_json(const ServerCapabilities& capabilities);

/// Reading forgives: what is missing or of the wrong type stays empty.
std::vector<Icon> icons_from(const json::value& owner);
Implementation implementation_from(const json::value& value);
ClientCapabilities client_capabilities_from(const json::value& value);
ServerCapabilities server_capabilities_from(const json::value& value);

}  // namespace convoke::mcp
