#include "app/config_checks.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/address.hpp>

#include "app/providers.hpp"
#include "store/postgres/address.hpp"
#include "tokens/tokenizer_files.hpp"

namespace convoke {
namespace {

/// Of `context.max_tokens`, what must be left to a prompt.
constexpr int least_prompt = 128;

/// What the program itself answers at.
constexpr std::array<std::string_view, 6> own_paths{"/mcp", "/health", "/livez", "/readyz", "/metrics", "/api/usage"};

std::string seconds_of(std::chrono::milliseconds time) {
  return fmt::format("{}", static_cast<double>(time.count()) / 1000);
}

/// `low` must not be above `high`. Reported where one of the two was set.
void check_order(const std::string& low_key, std::chrono::milliseconds low, const std::string& high_key,
                 std::chrono::milliseconds high, ConfigReader& reader) {
  if (low <= high) return;
  if (reader.is_set(low_key)) {
    reader.problem(low_key, seconds_of(low),
                   fmt::format("expected at most {}, which is {}", high_key, seconds_of(high)));
  } else {
    reader.problem(high_key, seconds_of(high),
                   fmt::format("expected at least {}, which is {}", low_key, seconds_of(low)));
  }
}

void check_provider(const std::string& key, const ProviderConfig& provider, ConfigReader& reader) {
  const PricesConfig& prices = provider.prices;
  const bool is_whole = prices.input && prices.output;
  const bool is_empty = prices == PricesConfig{};
  if (!is_whole && !is_empty) {
    reader.problem(fmt::format("{}.prices.{}", key, prices.input ? "output" : "input"), "",
                   "expected with the other prices: input and output both");
  }
  const limits::BreakerSettings& breaker = provider.policy.breaker;
  check_order(key + ".circuit_breaker.rest", breaker.rest, key + ".circuit_breaker.max_rest", breaker.max_rest, reader);
  if (provider.tokenizer.empty()) return;
  const auto tokenizer = tokenizer_from_file(provider.tokenizer);
  if (!tokenizer) reader.problem(key + ".tokenizer", provider.tokenizer, tokenizer.error().message);
}

void check_models(const LlmConfig& llm, const Environment& environment, ConfigReader& reader) {
  for (const ProviderProblem& found : active_provider_problems(llm, resolve_providers(llm, environment))) {
    if (!reader.has_problem(found.key)) reader.problem(found.key, found.value, found.expected);
  }
  for (const auto& [name, provider] : llm.providers) check_provider("llm.providers." + name, provider, reader);
  for (const std::string& fallback : llm.fallbacks) {
    const std::string name(provider_part(fallback));
    if (llm.providers.contains(name) || find_known_provider(name)) continue;
    reader.problem("llm.fallbacks", fallback,
                   fmt::format("{}expected a name under llm.providers or a known one, alone or with :MODEL",
                               fallback.empty() ? "one of them is empty; " : ""));
  }
}

/// The models of work on the side.
void check_side_models(const Config& config, ConfigReader& reader) {
  for (const auto& [key, wanted] : {std::pair("chat.service.context.summary.model", &config.chat.context.summary.model),
                                    std::pair("chat.service.titles.model", &config.chat.titles.model)}) {
    if (can_be_meant(config.llm, *wanted)) continue;
    reader.problem(key, *wanted, "expected a model, or provider:model with a name under llm.providers or a known one");
  }
}

void check_address(const Config& config, const ConfigOverrides& overrides, ConfigReader& reader,
                   ConfigOutcome& outcome) {
  const std::string& host = config.websocket.host;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  const bool is_open = !error && !address.is_loopback() && config.server.auth_tokens.empty();
  if (!error && !is_open) return;
  const std::string expected =
      error ? "expected localhost or an IP address to listen on"
            : "other machines can reach this address, so clients must authenticate: list at least one token under "
              "server.auth.tokens, or listen on localhost";
  if (!overrides.host) return reader.problem("chat.websocket.host", host, expected);
  outcome.problems.push_back({"the command line", 0, "--host", host, expected});
}

void check_endpoint(const std::string& endpoint, ConfigReader& reader) {
  if (std::ranges::find(own_paths, endpoint) == own_paths.end() && !endpoint.starts_with("/oauth/")) return;
  reader.problem("chat.websocket.endpoint", endpoint, "expected a path at which the server answers nothing else");
}

void check_chat(const ChatConfig& chat, ConfigReader& reader) {
  const RepositoryConfig& repository = chat.repository;
  if (repository.type == RepositoryType::postgresql && !location_of(repository.url)) {
    reader.problem("chat.service.repository.url", "", "expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE");
  }
  const ContextConfig& context = chat.context;
  if (context.max_tokens - context.reserve_tokens >= least_prompt) return;
  const std::string reserve = "chat.service.context.reserve_tokens";
  const std::string whole = "chat.service.context.max_tokens";
  if (reader.is_set(reserve)) {
    reader.problem(
        reserve, std::to_string(context.reserve_tokens),
        fmt::format("expected at least {} less than {}, which is {}", least_prompt, whole, context.max_tokens));
  } else {
    reader.problem(
        whole, std::to_string(context.max_tokens),
        fmt::format("expected at least {} more than {}, which is {}", least_prompt, reserve, context.reserve_tokens));
  }
}

}  // namespace

void check_together(const ConfigOverrides& overrides, const Environment& environment, ConfigReader& reader,
                    ConfigOutcome& outcome) {
  const Config& config = outcome.config;
  check_models(config.llm, environment, reader);
  check_side_models(config, reader);
  check_address(config, overrides, reader, outcome);
  check_endpoint(config.websocket.endpoint, reader);
  check_chat(config.chat, reader);
  const ConnectionSettings& connection = config.mcp.connection;
  check_order("mcp.connection.initial_reconnect_delay", connection.initial_reconnect_delay,
              "mcp.connection.max_reconnect_delay", connection.max_reconnect_delay, reader);
}

}  // namespace convoke
