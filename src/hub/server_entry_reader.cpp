#include "hub/server_entry_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "base/config_text.hpp"
#include "hub/env_file.hpp"
#include "hub/host_answers.hpp"
#include "mcp/auth/oauth_forms.hpp"
#include "mcp/auth/sealed_file.hpp"

namespace convoke {
namespace {

const std::vector<std::string> known_members{"command", "args",        "env",        "envFile",     "cwd",
                                             "type",    "url",         "headers",    "enabled",     "disabled",
                                             "timeout", "initTimeout", "maxTimeout", "autoApprove", "allowSampling",
                                             "roots",   "era",         "protocol",   "oauth"};

const std::map<std::string, ServerTransport> transports{{"stdio", ServerTransport::stdio},
                                                        {"http", ServerTransport::http},
                                                        {"streamable-http", ServerTransport::http},
                                                        {"streamableHttp", ServerTransport::http},
                                                        {"sse", ServerTransport::sse}};
const std::map<std::string, mcp::EraChoice> eras{
    {"auto", mcp::EraChoice::automatic}, {"modern", mcp::EraChoice::modern}, {"legacy", mcp::EraChoice::legacy}};

const std::map<std::string, std::string> auth_methods{
    {"none", "none"}, {"client_secret_basic", "client_secret_basic"}, {"client_secret_post", "client_secret_post"}};
using Grant = OAuthSettings::Grant;
const std::map<std::string, Grant> grants{{"authorization_code", Grant::authorization_code},
                                          {"client_credentials", Grant::client_credentials},
                                          {"workload_identity", Grant::workload_identity},
                                          {"enterprise_managed", Grant::enterprise_managed}};
const std::map<std::string, std::string> algorithms{{"ES256", "ES256"}, {"RS256", "RS256"}};

constexpr double longest_timeout = 3'600;
constexpr std::size_t longest_name = 48;

bool is_server_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, allowed);
}

std::string shown(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

void ServerEntryReader::read(const std::string& section, const std::string& name, const json::value& value) {
  key_ = section + "." + name;
  entry_ = ServerEntry{.name = name};
  if (!is_server_name(name)) {
    problem("", "", fmt::format("expected a name of 1 to {} letters, digits, '-', '_' and '.'", longest_name));
  }
  const json::object* object = value.if_object();
  if (!object) return problem("", "", fmt::format("expected an object, not {}", kind_of(value)));
  read_enabled(*object);
  for (const auto& [member_name, member_value] : *object) member(member_name, member_value);
  read_transport(*object);
  check(*object);
  outcome_.servers.push_back(std::move(entry_));
}

void ServerEntryReader::member(std::string_view name, const json::value& value) {
  if (name == "command" && value.is_array()) {
    auto words = texts(name, value);
    if (words.empty()) return problem(name, "", "expected a program and its arguments");
    entry_.command = words.front();
    entry_.arguments.insert(entry_.arguments.begin(), words.begin() + 1, words.end());
  } else if (name == "command") {
    entry_.command = text(name, value);
  } else if (name == "args") {
    const auto words = texts(name, value);
    entry_.arguments.insert(entry_.arguments.end(), words.begin(), words.end());
  } else if (name == "env") {
    secrets(name, value, entry_.environment);
  } else if (name == "envFile") {
    read_env_file(text(name, value));
  } else if (name == "cwd") {
    entry_.working_directory = text(name, value);
  } else if (name == "url") {
    entry_.url = text(name, value);
  } else if (name == "headers") {
    secrets(name, value, entry_.headers);
  } else if (name == "timeout") {
    entry_.call_timeout = seconds(name, value);
  } else if (name == "initTimeout") {
    entry_.start_timeout = seconds(name, value);
  } else if (name == "maxTimeout") {
    entry_.longest_call = seconds(name, value);
  } else if (name == "autoApprove") {
    entry_.auto_approve = value == json::value(true) ? std::vector<std::string>{"*"} : texts(name, value);
  } else if (name == "allowSampling") {
    if (!value.is_bool()) return problem(name, shown(value), "expected true or false");
    entry_.allow_sampling = value.get_bool();
  } else if (name == "roots") {
    for (const std::string& root : texts(name, value)) entry_.roots.push_back(root_of(root));
  } else if (name == "era" || name == "protocol") {
    read_era(name, value);
  } else if (name == "oauth") {
    read_oauth(value);
  } else if (std::ranges::find(known_members, name) == known_members.end()) {
    const std::string meant = nearest(std::string(name), known_members);
    warning(name, meant.empty() ? "there is no such setting; it is ignored"
                                : fmt::format("there is no such setting; did you mean {}?", key_of(meant)));
  }
}

/// Before anything else: what a disabled server lacks is no problem.
void ServerEntryReader::read_enabled(const json::object& object) {
  const json::value* enabled = object.if_contains("enabled");
  const json::value* disabled = object.if_contains("disabled");
  if (enabled && disabled && enabled->is_bool() && *enabled == *disabled) {
    problem("disabled", shown(*disabled),
            fmt::format("expected the opposite of enabled, which is {}", shown(*enabled)));
  }
  for (const std::string_view name : {"enabled", "disabled"}) {
    const json::value* value = object.if_contains(name);
    if (!value) continue;
    if (!value->is_bool()) {
      problem(name, shown(*value), "expected true or false");
    } else if (value->get_bool() == (name == "disabled")) {
      entry_.enabled = false;
    }
  }
}

void ServerEntryReader::read_transport(const json::object& object) {
  if (const json::value* type = object.if_contains("type")) return choose("type", *type, transports, entry_.transport);
  entry_.transport = object.contains("url") ? ServerTransport::http : ServerTransport::stdio;
}

/// An era, or the revision to speak: a date.
void ServerEntryReader::read_era(std::string_view name, const json::value& value) {
  const auto revision = mcp::revision_named(value.is_string() ? std::string_view(value.get_string()) : "");
  const std::string era = value.is_string() && !revision ? text(name, value) : "";
  if (const auto known = eras.find(era); known != eras.end()) {
    entry_.era = known->second;
    return;
  }
  if (!revision) {
    return problem(name, shown(value), "expected one of auto, legacy, modern, or a revision such as 2025-11-25");
  }
  const bool modern = mcp::era_of(*revision) == mcp::Era::modern;
  entry_.era = modern ? mcp::EraChoice::modern : mcp::EraChoice::legacy;
  if (!modern) entry_.legacy_revision = *revision;
}

void ServerEntryReader::read_env_file(const std::string& path) {
  if (path.empty() || !entry_.enabled) return;
  auto variables = read_env_file_at(path);
  if (!variables) return problem("envFile", path, variables.error());
  // `env` wins over the file, whichever of the two is written first.
  for (auto& [name, value] : *variables) entry_.environment.try_emplace(name, std::move(value));
}

void ServerEntryReader::read_oauth(const json::value& value) {
  OAuthSettings& settings = entry_.authorization;
  if (value.is_bool()) {
    settings.enabled = value.get_bool();
    return;
  }
  if (!value.is_object()) return problem("oauth", "", fmt::format("expected an object, not {}", kind_of(value)));
  entry_.oauth = value.get_object();
  for (const auto& [name, member] : entry_.oauth) read_oauth_member(name, member);
  if (entry_.enabled) check_oauth(settings);
}

void ServerEntryReader::check_oauth(const OAuthSettings& settings) {
  const bool is_unattended = settings.grant != Grant::authorization_code;
  const bool needs_client = is_unattended || !settings.client_secret.empty() || !settings.private_key.empty();
  if (needs_client && settings.client_id.empty()) {
    problem("oauth", "", "a secret, a key and every grant but authorization_code need a clientId");
  }
  if (settings.grant == Grant::workload_identity && settings.assertion.empty()) {
    problem("oauth", "", "workload_identity needs an assertion or an assertionFile");
  }
  const bool has_provider =
      !settings.identity_provider.empty() && !settings.identity_client_id.empty() && !settings.id_token.empty();
  if (settings.grant == Grant::enterprise_managed && !has_provider) {
    problem("oauth", "",
            "enterprise_managed needs an identityProvider with tokenEndpoint, clientId, and idToken or idTokenFile");
  }
}

void ServerEntryReader::read_identity_provider(const json::value& value) {
  OAuthSettings& settings = entry_.authorization;
  if (!value.is_object()) {
    return problem("oauth.identityProvider", "", fmt::format("expected an object, not {}", kind_of(value)));
  }
  for (const auto& [name, member] : value.get_object()) {
    const std::string path = fmt::format("oauth.identityProvider.{}", std::string_view(name));
    if (name == "tokenEndpoint") {
      settings.identity_provider = text(path, member);
    } else if (name == "clientId") {
      settings.identity_client_id = text(path, member);
    } else if (name == "idToken") {
      settings.id_token.text = Secret(text(path, member, true));
    } else if (name == "idTokenFile") {
      settings.id_token.file = text(path, member);
    } else {
      warning(path, "there is no such setting; it is ignored");
    }
  }
}

void ServerEntryReader::read_oauth_member(std::string_view name, const json::value& value) {
  OAuthSettings& settings = entry_.authorization;
  const std::string path = fmt::format("oauth.{}", name);
  if (name == "clientId" || name == "client_id") {
    settings.client_id = text(path, value);
  } else if (name == "clientSecret" || name == "client_secret") {
    settings.client_secret = Secret(text(path, value, true));
  } else if (name == "authMethod") {
    choose<std::string>(path, value, auth_methods, settings.auth_method);
  } else if (name == "issuer") {
    settings.issuer = text(path, value);
  } else if (name == "scopes" || name == "scope") {
    settings.scopes = value.is_string() ? mcp::split_scopes(text(path, value)) : texts(path, value);
  } else if (name == "grant") {
    choose<Grant>(path, value, grants, settings.grant);
  } else if (name == "privateKey") {
    settings.private_key = Secret(text(path, value, true));
  } else if (name == "privateKeyFile") {
    const std::string file = text(path, value);
    settings.private_key = Secret(mcp::contents_of(file));
    if (settings.private_key.empty() && entry_.enabled) problem(path, file, "the file cannot be read, or is empty");
  } else if (name == "algorithm") {
    choose<std::string>(path, value, algorithms, settings.algorithm);
  } else if (name == "assertion") {
    settings.assertion.text = Secret(text(path, value, true));
  } else if (name == "assertionFile") {
    settings.assertion.file = text(path, value);
  } else if (name == "identityProvider") {
    read_identity_provider(value);
  } else if (name == "allowPrivateNetworks") {
    if (!value.is_bool()) return problem(path, shown(value), "expected true or false");
    settings.allow_private_networks = value.get_bool();
  } else if (name == "clientMetadataUrl") {
    settings.client_metadata_url = text(path, value);
  } else {
    warning(path, "there is no such setting; it is ignored");
  }
}

void ServerEntryReader::check(const json::object& object) {
  if (object.contains("url") && object.contains("command")) {
    problem("", "", "expected either a command to start or a url to connect to, not both");
  } else if (entry_.transport == ServerTransport::stdio && !object.contains("command")) {
    problem("", "", object.contains("url") ? "a url is for the types http and sse" : "expected a command or a url");
  } else if (entry_.transport != ServerTransport::stdio && !object.contains("url")) {
    problem("", "", "expected a url to connect to");
  } else if (!entry_.url.empty() && !entry_.url.starts_with("http://") && !entry_.url.starts_with("https://")) {
    problem("url", shown(object.at("url")), "expected an http or https address");
  } else {
    check_use(object);
  }
  check_times(object);
}

/// What is there for a server of the other kind does nothing.
void ServerEntryReader::check_use(const json::object& object) {
  const bool is_command = entry_.transport == ServerTransport::stdio;
  for (const std::string_view name : {"args", "env", "envFile", "cwd"}) {
    if (!is_command && object.contains(name)) warning(name, "is for servers with a command; it is ignored");
  }
  for (const std::string_view name : {"headers", "oauth"}) {
    if (is_command && object.contains(name)) warning(name, "is for servers with a url; it is ignored");
  }
  if (!is_command || !entry_.enabled) return;
  const json::value& command = object.at("command");
  if (command.is_string() && command.get_string().empty())
    problem("command", "", "expected a program, not an empty text");
  const std::string& folder = entry_.working_directory;
  std::error_code error;
  if (!folder.empty() && !std::filesystem::is_directory(folder, error))
    problem("cwd", folder, "there is no such folder");
}

/// A limit that was not written gives way to one that was.
void ServerEntryReader::check_times(const json::object& object) {
  if (entry_.call_timeout <= entry_.longest_call || !object.contains("maxTimeout")) return;
  if (!object.contains("timeout")) {
    entry_.call_timeout = entry_.longest_call;
  } else if (entry_.longest_call > std::chrono::milliseconds::zero()) {
    problem("timeout", shown(object.at("timeout")),
            fmt::format("expected at most maxTimeout, which is {}", shown(object.at("maxTimeout"))));
  }
}

std::string ServerEntryReader::text(std::string_view name, const json::value& value, bool is_secret) {
  if (!value.is_string()) {
    problem(name, "", fmt::format("expected text, not {}", kind_of(value)));
    return {};
  }
  if (has_unclosed_reference(value.get_string())) {
    problem(name, is_secret ? "***" : shown(value), "expected a } after ${; write $${ for a literal ${");
    return {};
  }
  auto expanded = expand_environment(value.get_string(), environment_);
  if (expanded) return std::move(*expanded);
  if (entry_.enabled) {
    problem(name, is_secret ? "***" : shown(value),
            fmt::format("the environment variable {} is not set", expanded.error()));
  }
  return {};
}

std::vector<std::string> ServerEntryReader::texts(std::string_view name, const json::value& value) {
  std::vector<std::string> found;
  if (!value.is_array()) {
    problem(name, "", fmt::format("expected a list of texts, not {}", kind_of(value)));
    return found;
  }
  for (const json::value& item : value.get_array()) found.push_back(text(name, item));
  return found;
}

void ServerEntryReader::secrets(std::string_view name, const json::value& value, std::map<std::string, Secret>& into) {
  if (!value.is_object()) return problem(name, "", fmt::format("expected an object of texts, not {}", kind_of(value)));
  for (const auto& [member_name, member_value] : value.get_object()) {
    const std::string path = fmt::format("{}.{}", name, std::string_view(member_name));
    into.insert_or_assign(member_name, Secret(text(path, member_value, true)));
  }
}

std::chrono::milliseconds ServerEntryReader::seconds(std::string_view name, const json::value& value) {
  const std::string number = value.is_string() ? text(name, value) : shown(value);
  double found = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), found);
  const bool is_number = error == std::errc() && end == number.data() + number.size();
  if (!is_number || !(found >= 0.001 && found <= longest_timeout)) {
    problem(name, shown(value), fmt::format("expected seconds from 0.001 to {}", longest_timeout));
    return {};
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(found * 1000));
}

template <class Value>
void ServerEntryReader::choose(std::string_view name, const json::value& value,
                               const std::map<std::string, Value>& choices, Value& into) {
  const auto found = choices.find(value.is_string() ? text(name, value) : "");
  if (found != choices.end()) {
    into = found->second;
    return;
  }
  std::string names;
  for (const auto& [choice, meaning] : choices) names += (names.empty() ? "" : ", ") + choice;
  problem(name, shown(value), "expected one of " + names);
}

std::string ServerEntryReader::key_of(std::string_view name) const {
  return name.empty() ? key_ : fmt::format("{}.{}", key_, name);
}

void ServerEntryReader::problem(std::string_view name, std::string value, std::string expected) {
  const std::string key = key_of(name);
  outcome_.problems.push_back({file_, line_of_(key), key, std::move(value), std::move(expected)});
}

void ServerEntryReader::warning(std::string_view name, std::string text) {
  const std::string key = key_of(name);
  outcome_.warnings.push_back({file_, line_of_(key), key, "", std::move(text)});
}

}  // namespace convoke
