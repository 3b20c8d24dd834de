#include "hub/server_connection.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "hub/tool_answer.hpp"

namespace convoke {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_calls_in_flight = 256;
// A server may announce changes as fast as it likes; we look again after a pause.
constexpr milliseconds refresh_pause{50};

/// Pauses between restarts. The number of attempts is counted by the connection.
RetryPolicy restart_pauses(const ConnectionSettings& settings) {
  return {.max_attempts = std::numeric_limits<int>::max(),
          .initial_delay = settings.initial_reconnect_delay,
          .max_delay = settings.max_reconnect_delay};
}

std::string software_of(const mcp::Implementation& info) {
  return std::string(utf8_prefix(info.name + " " + info.version, 100));
}

std::string duration_words(milliseconds time) { return fmt::format("{} s", static_cast<double>(time.count()) / 1000); }

/// Runs `leave` when the scope is left, by unwinding too.
template <class F>
struct OnExit {
  F leave;
  ~OnExit() { leave(); }
};
template <class F>
OnExit(F) -> OnExit<F>;

}  // namespace

std::string_view name_of(ServerState state) {
  switch (state) {
    case ServerState::disabled: return "disabled";
    case ServerState::starting: return "starting";
    case ServerState::ready: return "ready";
    case ServerState::backing_off: return "backing_off";
    case ServerState::failed: return "failed";
  }
  std::unreachable();
}

ServerConnection::ServerConnection(ServerEntry entry, const TransportFactory& make_transport, Executor executor,
                                   Surroundings surroundings, const Log& log)
    : executor_(executor),
      entry_(std::move(entry)),
      surroundings_(std::move(surroundings)),
      log_(log.with({{"server", entry_.name}})),
      server_log_(entry_, surroundings_.clock, log_),
      status_{.name = entry_.name},
      tools_{.server = entry_.name, .tools = {}, .available = false, .auto_approve = entry_.auto_approve},
      tools_changed_(executor),
      call_ended_(executor) {
  if (!entry_.enabled) {
    status_.state = ServerState::disabled;
    return;
  }
  auto transport = make_transport(entry_, [this](std::string_view line) { server_log_.write("server.stderr", line); });
  if (transport) {
    client_.emplace(executor, *std::move(transport), client_options(), log_);
  } else {
    status_.state = ServerState::failed;
    status_.problem = transport.error().message;
  }
}

mcp::ClientOptions ServerConnection::client_options() {
  mcp::ClientOptions options{.era = entry_.era};
  const bool own_limit = entry_.start_timeout > milliseconds::zero();
  options.connect_timeout = own_limit ? entry_.start_timeout : surroundings_.settings.connection_timeout;
  options.request_timeout = entry_.call_timeout;
  options.events.on_tools_changed = [this] { tools_are_stale_ = true, tools_changed_.notify(); };
  options.events.on_log = [this](const mcp::LogMessage& message) {
    const auto* text = message.data.if_string();
    server_log_.write("server.log", text ? std::string(*text) : json::serialize(message.data));
  };
  return options;
}

Task<> ServerConnection::run() {
  if (status_.state == ServerState::failed) become(ServerState::failed, status_.problem);
  if (!client_) co_return;
  const ConnectionSettings& settings = surroundings_.settings;
  for (int failures = 0;;) {
    become(ServerState::starting);
    ready_since_ = {};
    const auto ended = co_await client_->run([this] { return serve(); });
    failures = was_up_for_long() ? 1 : failures + 1;
    std::string reason = ended ? "the connection ended" : ended.error().message;
    if (settings.max_reconnect_attempts > 0 && failures > settings.max_reconnect_attempts) {
      co_return become(ServerState::failed, std::move(reason));
    }
    become(ServerState::backing_off, std::move(reason));
    const auto pause = delay_before(restart_pauses(settings), failures + 1, std::nullopt, random_fraction());
    co_await sleep_for(*pause);
    ++status_.restarts;
  }
}

/// A server that lived longer than the longest pause is not one that cannot start.
bool ServerConnection::was_up_for_long() const {
  const bool was_ready = ready_since_ != std::chrono::steady_clock::time_point{};
  return was_ready && surroundings_.clock.now() - ready_since_ > surroundings_.settings.max_reconnect_delay;
}

/// The life of one connection, from handshake to loss.
Task<Result<void>> ServerConnection::serve() {
  status_.revision = mcp::name_of(client_->server().revision);
  status_.software = software_of(client_->server().info);
  tools_are_stale_ = false;
  CO_CHECK(during("listing its tools", co_await list_tools()));
  ready_since_ = surroundings_.clock.now();
  tools_.available = true;
  const OnExit withdraw{[this] {
    tools_.available = false;
    status_.tools = 0;
    status_.state = ServerState::backing_off;  // why, run() will say
    surroundings_.on_change();
  }};
  become(ServerState::ready);
  co_return co_await watch();
}

Task<Result<void>> ServerConnection::list_tools() {
  CO_TRY(tools_.tools, co_await client_->list_tools());
  co_return Result<void>{};
}

/// Follows changes of the tools, and asks a silent server whether it is alive.
Task<Result<void>> ServerConnection::watch() {
  const milliseconds interval = surroundings_.settings.ping_interval;
  for (;;) {
    const auto next_check = interval > milliseconds::zero() ? SteadyClock::now() + interval : Deadline::max();
    while (!tools_are_stale_ && SteadyClock::now() < next_check) co_await tools_changed_.wait_until(next_check);
    if (!tools_are_stale_) {
      CO_CHECK(co_await check_alive());
      continue;
    }
    co_await sleep_for(refresh_pause);
    tools_are_stale_ = false;
    const auto listed = co_await list_tools();
    if (!listed) log_.warning("server.refresh_failed", {{"reason", listed.error().message}});
    become(ServerState::ready);
  }
}

Task<Result<void>> ServerConnection::check_alive() {
  // While it works for us it is alive, and one that works on a single thread cannot answer now.
  if (!open_calls_.empty()) co_return Result<void>{};
  const auto alive = co_await client_->ping({.deadline = SteadyClock::now() + surroundings_.settings.ping_timeout});
  // A server that answers with an error has answered.
  const bool silent = !alive && (alive.error().code == Errc::timed_out || alive.error().code == Errc::unavailable);
  if (silent) co_return fail(alive.error().code, "no answer to a ping: " + alive.error().message);
  co_return Result<void>{};
}

Task<ToolResult> ServerConnection::call(ToolCall call, std::string tool, json::object arguments,
                                        const CallerLine& line) {
  // A connection that is being taken down is still connected, but no longer for calls.
  if (!client_ || !tools_.available) {
    co_return tool_failure(
        call, fmt::format("the server '{}' of this tool is not running now ({}{}{})", name(), name_of(status_.state),
                          status_.problem.empty() ? "" : ": ", status_.problem));
  }
  if (open_calls_.size() >= max_calls_in_flight) {
    co_return tool_failure(call,
                           fmt::format("the server '{}' is busy with {} other calls", name(), open_calls_.size()));
  }
  OpenCall open(executor_, line, entry_.call_timeout, log_);
  const auto place = open_calls_.insert(open_calls_.end(), &open);
  const OnExit finished{[&] {
    open_calls_.erase(place);
    call_ended_.notify();
  }};
  mcp::CallOptions options{.deadline = Deadline::max(), .on_progress = open.progress()};
  auto work = client_->call_tool(std::move(tool), std::move(arguments), std::move(options));
  const auto answer = co_await open.run(std::move(work));
  if (!answer) co_return tool_failure(call, words_for(answer.error()));
  co_return tool_answer(call, *answer);
}

/// What a failed call means to the model that made it.
std::string ServerConnection::words_for(const Error& error) const {
  switch (error.code) {
    case Errc::timed_out:
      return fmt::format("the server '{}' gave no result within {}; whether the call had its effect is unknown", name(),
                         duration_words(entry_.call_timeout));
    case Errc::unavailable:
      return fmt::format("the server '{}' was lost during the call ({}); whether it had its effect is unknown", name(),
                         error.message);
    case Errc::invalid_input:
    case Errc::not_found:
    case Errc::denied: return fmt::format("the server '{}' refused the call: {}", name(), error.message);
    case Errc::conflict:
    case Errc::rate_limited:
    case Errc::cancelled:
    case Errc::protocol:
    case Errc::exhausted:
    case Errc::internal: return fmt::format("the call failed at the server '{}': {}", name(), error.message);
  }
  std::unreachable();
}

void ServerConnection::become(ServerState state, std::string problem) {
  const bool is_new = status_.state != state || status_.problem != problem;
  status_.state = state;
  status_.problem = std::move(problem);
  status_.tools = tools_.available ? static_cast<int>(tools_.tools.size()) : 0;
  surroundings_.on_change();
  if (!is_new) return;
  if (state == ServerState::ready) {
    log_.info("server.ready",
              {{"tools", status_.tools}, {"revision", status_.revision}, {"software", status_.software}});
  } else if (state == ServerState::starting) {
    log_.debug("server.starting", {{"restarts", status_.restarts}});
  } else {
    log_.warning("server.down", {{"state", name_of(state)}, {"reason", status_.problem}});
  }
}

Task<> ServerConnection::idle() {
  while (!open_calls_.empty()) co_await call_ended_.wait();
}

}  // namespace convoke
