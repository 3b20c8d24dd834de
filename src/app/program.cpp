#include "app/program.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <thread>

namespace convoke {

using namespace asio::experimental::awaitable_operators;
using std::chrono::duration_cast;

namespace {

std::vector<std::unique_ptr<asio::io_context>> make_contexts(const ServerConfig& config) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int loops = config.threads > 0 ? config.threads : std::max(1, cores);
  std::vector<std::unique_ptr<asio::io_context>> contexts;
  for (int i = 0; i < loops; ++i) contexts.push_back(std::make_unique<asio::io_context>(1));
  return contexts;
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
      contexts_(make_contexts(config_.server)),
      mcp_http_(first_loop(), {.user_agent = "convoke/" CONVOKE_VERSION}),
      hub_(std::move(servers), config_.mcp.connection, first_loop(), real_transports(first_loop(), mcp_http_, log_),
           clock_, log_),
      shared_{.config = config_,
              .providers = providers_,
              .chat_settings = chat_settings(config_.chat),
              .store = *store_,
              .tools = hub_,
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
  for (const auto& context : contexts_) {
    loops_.push_back(std::make_unique<Loop>(static_cast<int>(loops_.size()), *context, shared_));
  }
}

Program::~Program() = default;

Result<std::uint16_t> Program::listen() {
  auto port = static_cast<std::uint16_t>(config_.websocket.port);
  CHECK_OK(net::ensure_port_is_free(config_.websocket.host, port));
  for (const auto& loop : loops_) {
    TRY(port, loop->listen(port));  // the first one turns 0 into a free port
  }
  return port;
}

Result<void> Program::run() {
  TRY(const std::uint16_t port, during("opening the listening socket", listen()));
  std::exception_ptr bug;
  asio::co_spawn(first_loop(), live(port), [&](std::exception_ptr error) {
    bug = error;
    for (const auto& context : contexts_) context->stop();
  });
  auto run_context = [](asio::io_context& context) {
    const auto keep_running = asio::make_work_guard(context);
    context.run();
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < contexts_.size(); ++i) threads.emplace_back(run_context, std::ref(*contexts_[i]));
  run_context(*contexts_.front());
  for (std::thread& thread : threads) thread.join();
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
  co_await (serve_until_told() || hub_.run() || look_for_local_models());
  log_.info("stopped");
}

Task<> Program::serve_until_told() {
  TaskScope serving(first_loop(), log_);
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
  asio::signal_set signals(first_loop(), SIGTERM, SIGINT);
  const int signal = co_await signals.async_wait(asio::use_awaitable);
  log_.info("stopping", {{"signal", signal}});
  // From here on the system's own handling is back: a second signal ends the process at once.
}

/// Gives running turns their time, on all loops side by side.
Task<> Program::drain() {
  ready_ = false;
  const Deadline deadline = SteadyClock::now() + config_.server.shutdown_timeout;
  TaskScope draining(first_loop(), log_);
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
  const auto servers = co_await find_local_model_servers(mcp_http_);
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
  co_await asio::steady_timer(first_loop(), asio::steady_timer::time_point::max()).async_wait(asio::use_awaitable);
}

}  // namespace convoke
