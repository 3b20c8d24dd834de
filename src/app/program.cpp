#include "app/program.hpp"

#include "app/mcp_commands.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <thread>

#include "app/budget_state.hpp"
#include "app/db_command.hpp"
#include "chat/interrupted.hpp"
#include "chat/retention.hpp"

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

/// Of texts whose token counts are remembered.
constexpr std::size_t max_token_count_bytes = 16U << 20U;

/// Every connection takes a file descriptor; the usual soft limit of 1024 would be reached first.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void apply_logging(const LoggingConfig& config) {
  const bool on_terminal = isatty(STDERR_FILENO) != 0;
  configure_logging(config.level, config.format.value_or(on_terminal ? LogFormat::text : LogFormat::json));
}

Program::Program(Configuration configuration, std::function<Configuration()> read_again, OpenedStore store, Log log)
    : configuration_(std::move(configuration)),
      read_again_(std::move(read_again)),
      log_(std::move(log)),
      began_(clock_.now()),
      turn_metrics_(metrics_),
      call_metrics_(metrics_),
      gate_(clock_, metrics_, log_),
      token_counts_(max_token_count_bytes),
      store_(std::move(store.conversations)),
      ledger_(std::move(store.ledger)),
      approvals_(config_.mcp.approvals_file, log_),
      conversations_(*store_, *ledger_, live_turns_, clock_,
                     [this] { return retention_rule(config_.chat.repository.persistence, clock_.wall()); }),
      memory_(config_.memory.enabled ? std::make_unique<FactFile>(config_.memory.path) : nullptr, clock_,
              workers_.get_executor()),
      memory_server_(make_memory_server(memory_)),
      contexts_(make_contexts(config_.server)),
      signals_(first_loop(), SIGTERM, SIGINT),
      mcp_http_(first_loop(), {.user_agent = "convoke/" CONVOKE_VERSION}),
      credentials_(credential_store(config_.mcp, log_)),
      hub_(configuration_.servers, config_.mcp.connection, first_loop(),
           with_memory_server(real_transports(first_loop(), {mcp_http_, credentials_, clock_}, log_), first_loop(),
                              *memory_server_, log_),
           clock_, log_),
      mcp_gateway_(first_loop(), hub_, {.approvals = config_.mcp.approvals}, log_),
      authorization_desk_(first_loop(), hub_, {mcp_http_, credentials_, clock_}, log_),
      shared_{.config = config_,
              .store = *store_,
              .ledger = *ledger_,
              .call_metrics = call_metrics_,
              .tools = hub_,
              .hub = hub_,
              .clock = clock_,
              .metrics = metrics_,
              .turn_metrics = turn_metrics_,
              .gate = gate_,
              .counting = {token_counts_, workers_.get_executor()},
              .offers = offers_,
              .live_turns = live_turns_,
              .approvals = approvals_,
              .conversations = conversations_,
              .memory = memory_,
              .program = {.ready = [this] { return ready_.load(); },
                          .health = [this] { return health(); },
                          .metrics = [this] { return metrics_text(); },
                          .mcp = mcp_requests(),
                          .oauth =
                              [this](net::ServerRequest request) {
                                return authorization_desk_.handle(std::move(request));
                              }},
              .status = [this] { return status(); },
              .announce = [this](Notice notice) { announce(std::move(notice)); },
              .log = log_} {
  allow_many_files();
  configure(gate_, config_.llm, configuration_.providers);
  tell_of_providers(config_.llm, configuration_.providers, log_);
  for (const auto& context : contexts_) {
    loops_.push_back(std::make_unique<Loop>(static_cast<int>(loops_.size()), *context, shared_));
    loops_.back()->use(configuration_);
  }
  offer_models();
}

Program::~Program() = default;

std::function<Task<net::ServerResponse>(net::ServerRequest)> Program::mcp_requests() {
  if (!config_.mcp.gateway) return {};
  return [this](net::ServerRequest request) { return mcp_gateway_.handle(std::move(request)); };
}

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
    context.restart();
    context.poll();  // what was put off to the very last, such as what a call has cost
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
  co_await clear_if_configured();
  co_await close_interrupted_turns();
  const auto restored = co_await restore_budgets(gate_, *ledger_, clock_.wall());
  if (!restored) log_.error("budgets.unreadable", {{"reason", restored.error().message}});
  ready_ = true;
  log_.info("listening", {{"host", config_.websocket.host},
                          {"port", port},
                          {"loops", loops_.size()},
                          {"provider", config_.llm.active},
                          {"store", store_->status().location},
                          {"start_ms", duration_cast<std::chrono::milliseconds>(clock_.now() - began_).count()}});
  // Whoever waits for a signal decides when the rest ends.
  co_await (serve_until_told() || hub_.run() || mcp_gateway_.run() || authorization_desk_.run() ||
            look_for_local_models() || watch_configuration() || let_old_messages_go());
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
  const int signal = co_await signals_.async_wait(asio::use_awaitable);
  signals_.clear();  // gives the system its own handling back: a second signal ends the process at once
  log_.info("stopping", {{"signal", signal}});
}

/// Gives running turns their time, on all loops side by side.
Task<> Program::drain() {
  ready_ = false;
  const Deadline deadline = SteadyClock::now() + config_.server.shutdown_timeout;
  if (const auto running = turn_metrics_.running.value(); running > 0) {
    const auto patience = duration_cast<std::chrono::seconds>(config_.server.shutdown_timeout);
    log_.info("waiting_for_turns", {{"turns", running}, {"at_most_s", patience.count()}});
  }
  TaskScope draining(first_loop(), log_);
  auto drain_loop = [](Loop& loop, Deadline until) -> Task<> {
    co_await run_on<void>(loop.executor(), [&loop, until] { return loop.drain(until); });
  };
  for (const auto& loop : loops_) draining.spawn("draining", drain_loop(*loop, deadline));
  co_await draining.run(draining.drained());
}

Task<> Program::clear_if_configured() {
  if (!config_.chat.repository.persistence.clear_on_startup) co_return;
  const auto cleared = co_await store_->erase_all();
  if (cleared) log_.warning("store.cleared", {{"key", "chat.service.repository.persistence.clear_on_startup"}});
  if (!cleared) log_.error("store.unwritable", {{"reason", cleared.error().message}});
}

/// Turns a crash cut off get their end on record, so that clients and the model see where they stopped.
Task<> Program::close_interrupted_turns() {
  auto turns = co_await store_->open_turns();
  if (!turns) {
    log_.error("store.unreadable", {{"reason", turns.error().message}});
    co_return;
  }
  if (turns->empty()) co_return;
  const MessageCounter counter(token_counts_, *loops_.front()->models().choose(std::nullopt).tokenizer);
  std::vector<Event> closing;
  for (const RecordedTurn& turn : *turns) {
    std::ranges::move(ending_of_interrupted(turn, clock_.wall(), counter), std::back_inserter(closing));
  }
  log_.warning("turns.interrupted", {{"turns", turns->size()}});
  const auto stored = co_await store_->append(std::move(closing));
  if (!stored) log_.error("store.unwritable", {{"reason", stored.error().message}});
}

/// Offers what runs on this machine. Does not end by itself.
Task<> Program::look_for_local_models() {
  local_models_ = co_await find_local_model_servers(mcp_http_);
  for (const LocalModelServer& server : local_models_) {
    log_.info("local_model.found", {{"provider", server.provider}, {"model", server.model}});
  }
  if (!local_models_.empty()) co_await apply(configuration_);
  co_await sleep_until(Deadline::max());
}

void Program::announce(Notice notice) {
  for (const auto& loop : loops_) {
    asio::post(loop->executor(), [target = loop.get(), notice] { target->announce(notice); });
  }
}

Task<> Program::let_old_messages_go() {
  auto rule = [this] { return retention_rule(config_.chat.repository.persistence, clock_.wall()); };
  co_await keep_retention(*store_, std::move(rule), log_);
}

/// Applies changes of the configuration files while the program runs, or refuses them as a whole.
Task<> Program::watch_configuration() {
  constexpr auto look_every = 1s;
  FileWatch files = configuration_.files;
  FileWatch credentials;
  credentials.add(config_.mcp.credentials_file);
  FileWatch approvals;
  approvals.add(config_.mcp.approvals_file);
  for (;;) {
    co_await sleep_for(look_every);
    if (approvals.changed()) approvals_.reload();                      // as `convoke mcp approvals --forget` does it
    if (credentials.changed()) co_await hub_.authorization_changed();  // as `convoke mcp login` does it
    if (!files.changed()) continue;
    Configuration fresh = read_again_();
    files = fresh.files;
    for (const ConfigProblem& problem : fresh.problems) {
      log_.error("configuration.refused", {{"problem", describe(problem)}});
    }
    for (const ConfigProblem& warning : fresh.warnings) {
      log_.warning("configuration.warning", {{"warning", describe(warning)}});
    }
    if (!fresh.problems.empty()) continue;
    for (const std::string& name : needing_restart(config_, fresh.config)) {
      log_.warning("configuration.needs_restart", {{"setting", name}});
    }
    co_await apply(std::move(fresh));
    log_.info("configuration.applied");
  }
}

/// Turns that run go on as they began; what follows uses the new settings. Servers that did not change are left alone.
Task<> Program::apply(Configuration configuration) {
  apply_logging(configuration.config.logging);
  for (const LocalModelServer& server : local_models_) {
    const auto known = std::ranges::find(configuration.providers, server.provider, &ProviderSettings::name);
    if (known != configuration.providers.end()) continue;
    ProviderSettings settings = default_settings(server.provider);
    settings.model = server.model;
    configuration.providers.push_back(std::move(settings));
  }
  configure(gate_, configuration.config.llm, configuration.providers);
  tell_of_providers(configuration.config.llm, configuration.providers, log_);
  for (const auto& loop : loops_) {
    std::function<Task<bool>()> use = [&loop = *loop, &configuration]() -> Task<bool> {
      loop.use(configuration);
      co_return true;
    };
    co_await run_on<bool>(loop->executor(), std::move(use));
  }
  offer_models();
  mcp_gateway_.use(configuration.config.mcp.approvals);
  co_await hub_.apply(configuration.servers);
}

/// On the first loop, whose models are as good as any other's.
void Program::offer_models() {
  const Models& models = loops_.front()->models();
  const ModelChoice active = models.choose(std::nullopt);
  auto offered = std::make_shared<OfferedModels>(active.provider_name, active.model, models.names());
  if (!local_models_.empty() && active.provider_name == "demo") {
    const LocalModelServer& first = local_models_.front();
    offered->hint =
        fmt::format("A {} server answers at {} with the model {}. To use it, set llm.active: {} in config.yaml.",
                    first.provider, first.base_url, first.model, first.provider);
  }
  const std::lock_guard lock(offered_mutex_);
  offered_ = std::move(offered);
}

std::shared_ptr<const Program::OfferedModels> Program::offered_models() const {
  const std::lock_guard lock(offered_mutex_);
  return offered_;
}

}  // namespace convoke
