#include "app/program.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace convoke {

using namespace asio::experimental::awaitable_operators;
using std::chrono::duration_cast;

namespace {

std::size_t number_of_loops(const ServerConfig& config) {
  if (config.threads > 0) return static_cast<std::size_t>(config.threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

std::shared_ptr<const ChatSettings> chat_settings(const ChatConfig& config) {
  auto settings = std::make_shared<ChatSettings>();
  settings->system_prompt = config.system_prompt;
  settings->max_tool_hops = config.max_tool_hops;
  settings->streaming = config.streaming_enabled;
  settings->context = {.max_tokens = config.context.max_tokens,
                       .reserve_tokens = config.context.reserve_tokens,
                       .preserve_recent = config.context.preserve_recent};
  settings->notify_tools = config.tool_notifications.enabled;
  settings->show_tool_arguments = config.tool_notifications.show_args;
  return settings;
}

/// Every connection takes a file descriptor; the usual soft limit of 1024 would be reached first.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Program::Program(Config config, std::vector<ServerEntry> servers, std::vector<ProviderSettings> providers,
                 std::unique_ptr<ConversationStore> store, Log log)
    : config_(std::move(config)),
      providers_(std::move(providers)),
      log_(std::move(log)),
      began_(clock_.now()),
      turn_metrics_(metrics_),
      store_(std::move(store)),
      conversations_(*store_, live_turns_),
      hub_(std::make_unique<Hub>(std::move(servers), config_.mcp.connection, log_)),
      shared_{.config = config_,
              .providers = providers_,
              .chat_settings = chat_settings(config_.chat),
              .store = *store_,
              .tools = *hub_,
              .clock = clock_,
              .metrics = metrics_,
              .turn_metrics = turn_metrics_,
              .live_turns = live_turns_,
              .conversations = conversations_,
              .program = {.ready = [this] { return ready_.load(); },
                          .health = [this] { return health(); },
                          .metrics = [this] { return metrics_text(); }},
              .status = [this] { return status(); },
              .log = log_} {
  allow_many_files();
  for (std::size_t i = 0; i < number_of_loops(config_.server); ++i) {
    loops_.push_back(std::make_unique<Loop>(static_cast<int>(i), shared_));
  }
}

Program::~Program() = default;

Result<std::uint16_t> Program::listen() {
  auto port = static_cast<std::uint16_t>(config_.websocket.port);
  for (const auto& loop : loops_) {
    TRY(port, loop->listen(port));  // the first one turns 0 into a free port
  }
  return port;
}

Result<void> Program::run() {
  TRY(const std::uint16_t port, during("opening the listening socket", listen()));
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < loops_.size(); ++i) threads.emplace_back([this, i] { loops_[i]->run_until_stopped(); });
  std::exception_ptr bug;
  asio::co_spawn(loops_[0]->executor(), live(port), [&](std::exception_ptr error) {
    bug = error;
    for (const auto& loop : loops_) loop->stop();
  });
  loops_[0]->run_until_stopped();
  threads.clear();  // joins
  if (bug) std::rethrow_exception(bug);
  return {};
}

/// The first loop's main task: what is left when it returns is nothing.
Task<> Program::live(std::uint16_t port) {
  co_await close_interrupted_turns();
  ready_ = true;
  log_.info("listening", {{"host", config_.websocket.host},
                          {"port", port},
                          {"loops", loops_.size()},
                          {"provider", config_.llm.active},
                          {"store", store_->status().location},
                          {"start_ms", duration_cast<std::chrono::milliseconds>(clock_.now() - began_).count()}});
  // Whoever waits for a signal decides when the rest ends.
  co_await (serve_until_told() || hub_->run(loops_[0]->executor(), loops_[0]->http()) || look_for_local_models());
  log_.info("stopped");
}

Task<> Program::serve_until_told() {
  TaskScope serving(loops_[0]->executor(), log_);
  for (const auto& loop : loops_) serving.spawn("serving", serve_loop(*loop));
  auto until_told = [this]() -> Task<> {
    co_await signalled();
    co_await drain();
  };
  co_await serving.run(until_told());
}

Task<> Program::serve_loop(Loop& loop) {
  co_await run_on<void>(loop.executor(), [&loop] { return loop.serve(); });
}

Task<> Program::signalled() {
  asio::signal_set signals(loops_[0]->executor(), SIGTERM, SIGINT);
  const int signal = co_await signals.async_wait(asio::use_awaitable);
  log_.info("stopping", {{"signal", signal}});
  // From here on the system's own handling is back: a second signal ends the process at once.
}

/// Gives running turns their time, on all loops side by side.
Task<> Program::drain() {
  ready_ = false;
  const Deadline deadline = SteadyClock::now() + config_.server.shutdown_timeout;
  TaskScope draining(loops_[0]->executor(), log_);
  auto drain_loop = [](Loop& loop, Deadline until) -> Task<> {
    co_await run_on<void>(loop.executor(), [&loop, until] { return loop.drain(until); });
  };
  for (const auto& loop : loops_) draining.spawn("draining", drain_loop(*loop, deadline));
  co_await draining.run(draining.drained());
}

/// Turns a crash cut off get their end on record, so that clients and the model see where they stopped.
Task<> Program::close_interrupted_turns() {
  auto turns = co_await store_->open_turns();
  if (!turns) {
    log_.error("store.unreadable", {{"reason", turns.error().message}});
    co_return;
  }
  std::vector<Event> closing;
  for (const RecordedTurn& turn : *turns) {
    Event event;
    event.conversation_id = turn.conversation_id;
    event.request_id = turn.request_id;
    event.timestamp = clock_.wall();
    event.type = EventType::turn_interrupted;
    event.details = {{"conversation_id", turn.conversation_id}, {"finish_reason", "interrupted"}};
    closing.push_back(std::move(event));
  }
  if (closing.empty()) co_return;
  log_.warning("turns.interrupted", {{"turns", closing.size()}});
  const auto stored = co_await store_->append(std::move(closing));
  if (!stored) log_.error("store.unwritable", {{"reason", stored.error().message}});
}

Task<> Program::look_for_local_models() {
  const auto servers = co_await find_local_model_servers(loops_[0]->http());
  if (!servers.empty()) {
    for (const auto& loop : loops_) {
      asio::post(loop->executor(), [loop = loop.get(), servers] { loop->add_local_models(servers); });
    }
    const LocalModelServer& first = servers.front();
    if (config_.llm.active == "demo") {
      hint_ = std::make_shared<const std::string>(fmt::format(
          "A {} server answers at {} (model {}). Ask for the model \"{}\", or set llm.active: {} in config.yaml.",
          first.provider, first.base_url, first.model, first.provider, first.provider));
    }
    log_.info("local_model.found", {{"provider", first.provider}, {"model", first.model}});
  }
  co_await asio::steady_timer(loops_[0]->executor(), asio::steady_timer::time_point::max())
      .async_wait(asio::use_awaitable);
}

}  // namespace convoke
