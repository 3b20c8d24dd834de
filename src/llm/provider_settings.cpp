#include "llm/provider_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace convoke {
namespace {

using namespace std::chrono_literals;

// Checked against the providers' own lists in November 2026. The local servers answer with whatever model they have, so
// theirs is only a common one.
constexpr std::array<KnownProvider, 9> catalogue{{
    {"openai", ProviderApi::openai, "https://api.openai.com/v1", "gpt-6.1-terra", "OPENAI_API_KEY"},
    {"anthropic", ProviderApi::anthropic, "https://api.anthropic.com/v1", "claude-sonnet-5-5", "ANTHROPIC_API_KEY"},
    {"openrouter", ProviderApi::openrouter, "https://openrouter.ai/api/v1", "anthropic/claude-sonnet-5.5",
     "OPENROUTER_API_KEY"},
    {"groq", ProviderApi::groq, "https://api.groq.com/openai/v1", "openai/gpt-oss-120b", "GROQ_API_KEY"},
    {"ollama", ProviderApi::openai_compatible, "http://127.0.0.1:11434/v1", "gpt-oss:20b", ""},
    {"llamacpp", ProviderApi::openai_compatible, "http://127.0.0.1:8080/v1", "default", ""},
    {"vllm", ProviderApi::openai_compatible, "http://127.0.0.1:8000/v1", "openai/gpt-oss-20b", ""},
    {"lmstudio", ProviderApi::openai_compatible, "http://127.0.0.1:1234/v1", "openai/gpt-oss-20b", ""},
    {"demo", ProviderApi::demo, "", "demo", ""},
}};

constexpr std::array<ProviderApi, 8> all_apis{
    ProviderApi::openai,     ProviderApi::openai_chat, ProviderApi::openai_responses,  ProviderApi::anthropic,
    ProviderApi::openrouter, ProviderApi::groq,        ProviderApi::openai_compatible, ProviderApi::demo};

bool is_http_address(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) return url.size() > scheme.size() && url[scheme.size()] != '/';
  }
  return false;
}

}  // namespace

std::string_view name_of(ProviderApi api) {
  switch (api) {
    case ProviderApi::openai: return "openai";
    case ProviderApi::openai_chat: return "openai_chat";
    case ProviderApi::openai_responses: return "openai_responses";
    case ProviderApi::anthropic: return "anthropic";
    case ProviderApi::openrouter: return "openrouter";
    case ProviderApi::groq: return "groq";
    case ProviderApi::openai_compatible: return "openai-compatible";
    case ProviderApi::demo: return "demo";
  }
  std::unreachable();
}

std::optional<ProviderApi> provider_api_of(std::string_view name) {
  const auto found = std::ranges::find(all_apis, name, [](ProviderApi api) { return name_of(api); });
  return found == all_apis.end() ? std::nullopt : std::optional(*found);
}

std::vector<std::string> problems(const ProviderSettings& settings) {
  std::vector<std::string> found;
  const auto require = [&](bool fine, std::string_view key, std::string_view rule) {
    if (!fine) found.push_back(fmt::format("llm.providers.{}.{} {}", settings.name, key, rule));
  };
  const bool remote = settings.api != ProviderApi::demo;
  const KnownProvider* known = find_known_provider(settings.name);
  require(!remote || is_http_address(settings.base_url), "base_url", "must be an http:// or https:// address");
  require(!settings.model.empty(), "model", "must not be empty");
  const bool needs_key = known && !known->key_variable.empty() && settings.base_url == known->base_url;
  require(!needs_key || !settings.api_key.empty(), "api_key",
          fmt::format("must be set, for example by the environment variable {}", known ? known->key_variable : ""));
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  require(std::ranges::none_of(settings.api_key.reveal(), is_control), "api_key", "must be one line of text");
  const auto& t = settings.temperature;
  require(!t || (*t >= 0 && *t <= 2), "temperature", "must be between 0 and 2");
  require(!settings.top_p || (*settings.top_p > 0 && *settings.top_p <= 1), "top_p", "must be above 0 and at most 1");
  require(!settings.max_tokens || *settings.max_tokens >= 1, "max_tokens", "must be at least 1");
  require(settings.timeouts.connect > 0ms, "http_client.connect_timeout", "must be above 0");
  require(settings.timeouts.first_byte >= 0ms, "http_client.first_byte_timeout", "must not be negative");
  require(settings.timeouts.idle >= 0ms, "http_client.read_timeout", "must not be negative");
  const std::string& ca_file = settings.connections.ca_file;
  require(ca_file.empty() || std::ifstream(ca_file).good(), "http_client.ca_file", "must be a file that can be read");
  require(settings.max_retries >= 0 && settings.max_retries <= 20, "http_client.max_retries",
          "must be between 0 and 20");
  require(settings.backoff_factor > 0ms, "http_client.backoff_factor", "must be above 0");
  return found;
}

std::span<const KnownProvider> known_providers() { return catalogue; }

const KnownProvider* find_known_provider(std::string_view name) {
  const auto found = std::ranges::find(catalogue, name, &KnownProvider::name);
  return found == catalogue.end() ? nullptr : &*found;
}

ProviderSettings default_settings(std::string_view name) {
  ProviderSettings settings{.name = std::string(name), .api = ProviderApi::openai_compatible, .model = ""};
  if (const KnownProvider* known = find_known_provider(name)) {
    settings.api = known->api;
    settings.base_url = known->base_url;
    settings.model = known->default_model;
  }
  return settings;
}

}  // namespace convoke
