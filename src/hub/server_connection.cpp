#include "hub/server_connection.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/utf8.hpp"
#include "hub/on_exit.hpp"

namespace convoke {
namespace {

using std::chrono::milliseconds;

// A server may announce changes as fast as it likes; we look again after a pause.
constexpr milliseconds refresh_pause{50};
/// Reasons for one and the same state that the log is told of: a server that is down may fail to come back for another.
constexpr std::size_t max_problems_told = 3;

/// Pauses between restarts. The number of attempts is counted by the connection.
RetryPolicy restart_pauses(const ConnectionSettings& settings) {
  return {.max_attempts = std::numeric_limits<int>::max(),
          .initial_delay = settings.initial_reconnect_delay,
          .max_delay = settings.max_reconnect_delay};
}

/// A server that keeps failing is left alone for longer than any pause between two attempts.
limits::BreakerSettings rests(const ConnectionSettings& settings) {
  return {.rest = settings.max_reconnect_delay, .max_rest = 10 * settings.max_reconnect_delay};
}

std::string software_of(const mcp::Implementation& info) {
  return std::string(utf8_prefix(info.name + " " + info.version, 100));
}

}  // namespace

std::string_view name_of(ServerState state) {
  switch (state) {
    case ServerState::disabled: return "disabled";
    case ServerState::starting: return "starting";
    case ServerState::ready: return "ready";
    case ServerState::backing_off: return "backing_off";
    case ServerState::needs_authorization: return "needs_authorization";
    case ServerState::failed: return "failed";
  }
  std::unreachable();
}

std::optional<ServerState> server_state_named(std::string_view name) {
  for (const auto state : {ServerState::disabled, ServerState::starting, ServerState::ready, ServerState::backing_off,
                           ServerState::needs_authorization, ServerState::failed}) {
    if (name == name_of(state)) return state;
  }
  return std::nullopt;
}

ServerConnection::ServerConnection(ServerEntry entry, const TransportFactory& make_transport, Executor executor,
                                   Surroundings surroundings, const Log& log)
    : executor_(executor),
      entry_(std::move(entry)),
      surroundings_(std::move(surroundings)),
      log_(log.with({{"server", entry_.name}})),
      server_log_(entry_, surroundings_.clock, log_),
      status_{.name = entry_.name},
      offer_{.server = entry_.name, .auto_approve = entry_.auto_approve, .available = false},
      list_changed_(executor),
      authorized_(executor),
      call_ended_(executor) {
  breaker_.configure(rests(surroundings_.settings));
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
  mcp::ClientOptions options{.era = entry_.era, .legacy_revision = entry_.legacy_revision};
  const bool own_limit = entry_.start_timeout > milliseconds::zero();
  options.connect_timeout = own_limit ? entry_.start_timeout : surroundings_.settings.connection_timeout;
  options.request_timeout = entry_.call_timeout;
  options.host = host_for_all();
  options.events.on_tools_changed = [this] { note_change(&Stale::tools); };
  options.events.on_prompts_changed = [this] { note_change(&Stale::prompts); };
  options.events.on_resources_changed = [this] { note_change(&Stale::resources); };
  options.events.on_resource_updated = [this](const std::string& uri) {
    if (surroundings_.on_resource_updated) surroundings_.on_resource_updated(name(), uri);
  };
  options.events.on_log = [this](const mcp::LogMessage& message) {
    const auto* text = message.data.if_string();
    server_log_.write("server.log", text ? std::string(*text) : json::serialize(message.data));
  };
  return options;
}

void ServerConnection::authorization_changed() {
  authorized_.notify();
  find_out_if_alive();
}

void ServerConnection::find_out_if_alive() {
  recheck_ = entry_.transport != ServerTransport::stdio;
  list_changed_.notify();
}

void ServerConnection::note_change(bool Stale::* list) {
  stale_.*list = true;
  list_changed_.notify();
}

Task<> ServerConnection::run() {
  if (status_.state == ServerState::failed) become(ServerState::failed, status_.problem);
  if (!client_) co_return;
  const ConnectionSettings& settings = surroundings_.settings;
  for (int failures = 0;;) {
    is_probe_ = breaker_.pass(surroundings_.clock.now());
    status_.breaker = breaker_.state(surroundings_.clock.now());
    become(ServerState::starting);
    ready_since_ = {};
    const auto ended = co_await client_->run([this] { return serve(); });
    if (!ended && ended.error().code == Errc::denied && entry_.transport != ServerTransport::stdio) {
      note(limits::Health::unknown);
      become(ServerState::needs_authorization, ended.error().message);
      co_await authorized_.wait();
      failures = 0;
      continue;
    }
    failures = was_up_for_long() ? 1 : failures + 1;
    note(limits::Health::failing);
    std::string reason = ended ? "the connection ended" : ended.error().message;
    if (settings.max_reconnect_attempts > 0 && failures > settings.max_reconnect_attempts) {
      co_return become(ServerState::failed, std::move(reason));
    }
    become(ServerState::backing_off, std::move(reason));
    co_await sleep_for(pause_before_attempt(failures + 1));
    ++status_.restarts;
  }
}

milliseconds ServerConnection::pause_before_attempt(int next_attempt) const {
  const auto now = surroundings_.clock.now();
  const auto pause =
      *delay_before(restart_pauses(surroundings_.settings), next_attempt, std::nullopt, random_fraction());
  return std::max(pause, std::chrono::ceil<milliseconds>(breaker_.when(now) - now));
}

/// What an attempt, or the loss of the connection, says of the server.
void ServerConnection::note(limits::Health health) {
  const auto now = surroundings_.clock.now();
  const bool turned = breaker_.record(health, std::exchange(is_probe_, false), now, random_fraction());
  status_.breaker = breaker_.state(now);
  if (!turned || told_.breaker == status_.breaker) return;
  told_.breaker = status_.breaker;
  const auto rest = std::chrono::ceil<std::chrono::seconds>(breaker_.when(now) - now);
  log_.warning("server.breaker", {{"state", name_of(status_.breaker)}, {"rest_s", rest.count()}});
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
  stale_ = {};
  log_level_.reset();
  CO_CHECK(during("listing its tools", co_await list_tools()));
  // A server may be of use for its tools alone.
  stale_.prompts = stale_.resources = true;
  co_await list_what_is_stale();
  ready_since_ = surroundings_.clock.now();
  note(limits::Health::good);
  offer_.available = true;
  const OnExit withdraw{[this] {
    offer_.available = false;
    status_.tools = status_.prompts = status_.resources = 0;
    status_.state = ServerState::backing_off;  // why, run() will say
    surroundings_.on_change();
  }};
  become(ServerState::ready);
  co_await subscribe_to_watched();
  co_return co_await watch();
}

Task<Result<void>> ServerConnection::list_tools() {
  stale_.tools = false;
  CO_TRY(offer_.tools, co_await client_->list_tools());
  const mcp::ServerDescription& server = client_->server();
  if (mcp::era_of(server.revision) == mcp::Era::modern && server.capabilities.tasks) {
    for (mcp::Tool& tool : offer_.tools) tool.task_support = mcp::TaskSupport::optional;  // it decides at each call
  }
  co_return Result<void>{};
}

Task<Result<void>> ServerConnection::list_prompts() {
  stale_.prompts = false;
  CO_TRY(offer_.prompts, co_await client_->list_prompts());
  co_return Result<void>{};
}

Task<Result<void>> ServerConnection::list_resources() {
  stale_.resources = false;
  CO_TRY(offer_.resources, co_await client_->list_resources());
  CO_TRY(offer_.templates, co_await client_->list_resource_templates());
  co_return Result<void>{};
}

/// What cannot be listed stays as it was.
Task<> ServerConnection::list_what_is_stale() {
  const auto tell = [this](std::string_view list, const Result<void>& listed) {
    if (!listed) log_.warning("server.refresh_failed", {{"list", list}, {"reason", listed.error().message}});
  };
  if (stale_.tools) tell("tools", co_await list_tools());
  if (stale_.prompts) tell("prompts", co_await list_prompts());
  if (stale_.resources) tell("resources", co_await list_resources());
}

Task<> ServerConnection::watch_resource(std::string uri, bool wanted) {
  const bool is_news = wanted ? watched_.insert(uri).second : watched_.erase(uri) > 0;
  if (is_news && client_ && offer_.available) co_await subscribe(std::move(uri), wanted);
}

Task<> ServerConnection::subscribe_to_watched() {
  const auto wanted = watched_;  // which may change meanwhile
  for (const std::string& uri : wanted) co_await subscribe(uri, true);
}

Task<> ServerConnection::subscribe(std::string uri, bool wanted) {
  if (!client_->server().capabilities.resources_subscribe) co_return;
  const auto said = wanted ? co_await client_->subscribe_resource(uri) : co_await client_->unsubscribe_resource(uri);
  if (!said) log_.info("server.subscription_refused", {{"uri", uri}, {"reason", said.error().message}});
}

/// Follows changes of the lists, and asks a silent server whether it is alive.
Task<Result<void>> ServerConnection::watch() {
  const milliseconds interval = surroundings_.settings.ping_interval;
  for (;;) {
    const auto next_check = interval > milliseconds::zero() ? SteadyClock::now() + interval : Deadline::max();
    while (!stale_.any() && !recheck_ && SteadyClock::now() < next_check) {
      co_await list_changed_.wait_until(next_check);
    }
    if (!stale_.any()) {
      CO_CHECK(co_await check_alive());
      continue;
    }
    co_await sleep_for(refresh_pause);
    co_await list_what_is_stale();
    become(ServerState::ready);
  }
}

Task<Result<void>> ServerConnection::check_alive() {
  // While it works for us it is alive, and one that works on a single thread cannot answer now.
  if (calls_in_flight_ > 0 && !std::exchange(recheck_, false)) co_return Result<void>{};
  recheck_ = false;
  const auto alive = co_await client_->ping({.deadline = SteadyClock::now() + surroundings_.settings.ping_timeout});
  // A server that answers with an error has answered.
  if (!alive && alive.error().code == Errc::denied) co_return alive;  // our token is not good any more
  const bool silent = !alive && (alive.error().code == Errc::timed_out || alive.error().code == Errc::unavailable);
  if (silent) co_return fail(alive.error().code, "no answer to a ping: " + alive.error().message);
  co_return Result<void>{};
}

void ServerConnection::become(ServerState state, std::string problem) {
  status_.state = state;
  status_.problem = std::move(problem);
  const auto count = [this](const auto& list) { return offer_.available ? static_cast<int>(list.size()) : 0; };
  status_.tools = count(offer_.tools);
  status_.prompts = count(offer_.prompts);
  status_.resources = count(offer_.resources) + count(offer_.templates);
  surroundings_.on_change();
  tell(state);
}

/// One line for a change. That another attempt begins, and ends as the one before, is none.
void ServerConnection::tell(ServerState state) {
  if (state == ServerState::starting) return log_.debug("server.starting", {{"restarts", status_.restarts}});
  if (told_.state != state) told_problems_.clear();
  const bool is_told = told_.state == state && told_problems_.size() >= max_problems_told;
  if (is_told || !told_problems_.insert(status_.problem).second) return;
  told_.state = state;
  if (state == ServerState::ready) {
    log_.info("server.ready",
              {{"tools", status_.tools}, {"revision", status_.revision}, {"software", status_.software}});
  } else {
    log_.warning("server.down", {{"state", name_of(state)}, {"reason", status_.problem}});
  }
}

}  // namespace convoke
