#include "app/loop.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace convoke {

using namespace asio::experimental::awaitable_operators;

namespace {

bool is_loopback(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "::1"; }

AccessRules access_rules(const Config& config) {
  return {.loopback_only = is_loopback(config.websocket.host),
          .allow_origins = config.websocket.allow_origins,
          .tokens = config.server.auth_tokens};
}

bool names_title(const Configuration& configuration) {
  const TitlesConfig& titles = configuration.config.chat.titles;
  if (titles.source != TitleSource::automatic) return titles.source == TitleSource::model;
  return is_elsewhere(configuration.providers, titles.model.empty() ? configuration.config.llm.active : titles.model,
                      configuration.config.llm.active);
}

std::shared_ptr<const ChatSettings> chat_settings(const Configuration& configuration) {
  const ChatConfig& config = configuration.config.chat;
  const McpConfig& mcp = configuration.config.mcp;
  auto settings = std::make_shared<ChatSettings>();
  settings->system_prompt = config.system_prompt;
  settings->limits = config.limits;
  settings->streaming = config.streaming_enabled;
  settings->context = {.max_tokens = config.context.max_tokens,
                       .reserve_tokens = config.context.reserve_tokens,
                       .preserve_recent = config.context.preserve_recent,
                       .max_result_bytes = static_cast<std::size_t>(config.context.max_result_bytes),
                       .max_tools_percent = config.context.max_tools_percent};
  const SummaryConfig& summary = config.context.summary;
  settings->summary = {.enabled = summary.enabled, .model = summary.model, .max_tokens = summary.max_tokens};
  settings->max_priority = config.max_priority;
  settings->titles = {.by_model = names_title(configuration), .model = config.titles.model};
  settings->notify_tools = config.tool_notifications.enabled;
  settings->show_tool_arguments = config.tool_notifications.show_args;
  settings->approvals = mcp.approvals;
  settings->sampling = {
      .ask = mcp.sampling.ask, .max_tokens = mcp.sampling.max_tokens, .max_per_turn = mcp.sampling.max_per_turn};
  return settings;
}

GatewaySettings gateway_settings(const Config& config) {
  return {.access = access_rules(config),
          .endpoint = config.websocket.endpoint,
          .max_connections = static_cast<std::size_t>(config.websocket.max_connections)};
}

net::ServerLimits server_limits(const WebsocketConfig& config) {
  constexpr std::size_t spare_for_http = 256;
  net::ServerLimits limits;
  limits.max_connections = static_cast<std::size_t>(config.max_connections) + spare_for_http;
  limits.max_message_bytes = static_cast<std::size_t>(config.max_message_size);
  limits.ping_interval = config.ping_interval;
  limits.ping_timeout = config.ping_timeout;
  return limits;
}

ConnectionServices connection_services(const SharedParts& shared, Turns& turns) {
  Metrics& metrics = shared.metrics;
  return {.turns = turns,
          .queries = {.conversations = shared.conversations,
                      .memory = shared.memory,
                      .approvals = shared.approvals,
                      .hub = shared.hub,
                      .status = shared.status},
          .max_pending_bytes = static_cast<std::size_t>(shared.config.websocket.max_pending_bytes),
          .frames_in = metrics.counter("frames_total", "WebSocket frames.", {{"direction", "in"}}),
          .frames_out = metrics.counter("frames_total", "WebSocket frames.", {{"direction", "out"}}),
          .slow_clients = metrics.counter("slow_clients_total", "Clients closed because they did not read.")};
}

/// A reservation rides along with the next commit, and not even wakes the writer before the model is asked; what it
/// came to follows in the same order. What a budget pays for is on disk before it is sent: a crash cannot make anything
/// of it unspent.
Books books_of(const SharedParts& shared, const Configuration& configuration, const Executor& loop) {
  return {.prices = configuration.prices,
          .open = [&ledger = shared.ledger, loop,
                   must_last = has_budget(configuration.config.llm)](ModelCall call) -> Task<Result<void>> {
            if (must_last) co_return co_await ledger.reserve(std::move(call));
            asio::post(loop, [&ledger, call = std::move(call)]() mutable { ledger.note(std::move(call)); });
            co_return Result<void>{};
          },
          .close =
              [&ledger = shared.ledger, &metrics = shared.call_metrics, loop](ModelCall call) {
                metrics.count(call);
                asio::post(loop, [&ledger, call = std::move(call)]() mutable { ledger.settle(std::move(call)); });
              }};
}

}  // namespace

Loop::Loop(int number, asio::io_context& context, const SharedParts& shared)
    : context_(context),
      shared_(shared),
      log_(shared.log.with({{"loop", number}})),
      http_(context_.get_executor(), {.user_agent = "convoke/" CONVOKE_VERSION}),
      turns_(context_.get_executor(),
             {.tools = shared.tools,
              .store = shared.store,
              .clock = shared.clock,
              .metrics = shared.turn_metrics,
              .approvals = shared.approvals,
              .counting = shared.counting,
              .offers = shared.offers,
              .log = log_,
              .announce = shared.announce},
             shared.live_turns),
      gateway_(context_.get_executor(), gateway_settings(shared.config), shared.program,
               connection_services(shared, turns_),
               shared.metrics.gauge("connections", "WebSocket connections that are open."), log_),
      server_(context_.get_executor(), server_limits(shared.config.websocket), gateway_.handlers(), log_),
      second_server_(context_.get_executor(), server_limits(shared.config.websocket), gateway_.handlers(), log_),
      lag_(shared.metrics.histogram("loop_lag_seconds", "How late an event loop runs a timer.",
                                    {{"loop", std::to_string(number)}})) {}

Loop::~Loop() = default;

Result<std::uint16_t> Loop::listen(std::uint16_t port) {
  const std::string& host = shared_.config.websocket.host;
  TRY(const std::uint16_t opened, server_.listen(host, port));
  if (host == "localhost") {
    const auto second = second_server_.listen("::1", opened);
    if (!second) log_.debug("no_ipv6_loopback", {{"reason", second.error().message}});
  }
  return opened;
}

Task<> Loop::serve() { co_await (server_.run() && second_server_.run() && turns_.run() && watch_lag()); }

Task<> Loop::watch_lag() {
  constexpr auto every = 250ms;
  for (;;) {
    const auto due = SteadyClock::now() + every;
    co_await sleep_until(due);
    lag_.observe(SteadyClock::now() - due);
  }
}

Task<> Loop::drain(Deadline deadline) {
  server_.stop_accepting();
  second_server_.stop_accepting();
  gateway_.announce({"shutting_down", "the server is about to stop; questions that are being answered may end first"});
  co_await turns_.drain(deadline);
  gateway_.close_all({1001, "the server stops"});
  const auto patience = SteadyClock::now() + 3s;
  while (gateway_.connections() > 0 && SteadyClock::now() < patience) co_await sleep_for(5ms);
}

void Loop::use(const Configuration& configuration) {
  const Config& config = configuration.config;
  Models models = make_models(config.llm, configuration.providers, {http_, shared_.gate, shared_.clock},
                              books_of(shared_, configuration, context_.get_executor()), log_);
  turns_.use(chat_settings(configuration), std::make_shared<const Models>(std::move(models)));
  gateway_.use(access_rules(config));
}

}  // namespace convoke
