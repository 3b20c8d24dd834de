#include "gateway/authorization_desk.hpp"

#include <fmt/format.h>

#include "base/random.hpp"

namespace convoke {
namespace {

constexpr auto patience = std::chrono::minutes(10);  ///< with a person who reads before consenting
constexpr auto time_to_redeem = 30s;                 ///< between their return and the token
constexpr std::size_t max_visits = 32;
constexpr std::string_view cookie_name = "convoke_oauth";

/// The address of our callback, as the person's browser reaches us. Only this machine is reached without TLS.
std::string redirect_uri_for(const net::ServerRequest& request) {
  const std::string host(net::find_header(request.headers, "host").value_or("localhost"));
  const bool local = host.starts_with("localhost") || host.starts_with("127.0.0.1") || host.starts_with("[::1]");
  return fmt::format("{}://{}{}", local ? "http" : "https", host, AuthorizationDesk::callback_path);
}

std::string cookie_of(const net::ServerRequest& request) {
  std::string_view cookies = net::find_header(request.headers, "cookie").value_or("");
  const std::string start = std::string(cookie_name) + "=";
  const auto found = cookies.find(start);
  if (found == std::string_view::npos) return "";
  cookies.remove_prefix(found + start.size());
  return std::string(cookies.substr(0, cookies.find(';')));
}

net::ServerResponse page(int status, std::string words) {
  auto response = net::text_response(status, std::move(words) + "\n");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

/// One person on their way to a server's page and back.
class AuthorizationDesk::Visit final : public mcp::Browser {
 public:
  Visit(Executor executor, std::string to, std::string redirect_uri)
      : server(std::move(to)), changed(executor), redirect_uri_(std::move(redirect_uri)) {}

  Task<Result<std::string>> redirect_uri() override { co_return redirect_uri_; }

  Task<Result<std::string>> visit(std::string authorization_url) override {
    came_back.reset();
    url = std::move(authorization_url);
    changed.notify();
    while (!came_back) {
      const bool in_time = co_await changed.wait_until(expires);
      if (!in_time) co_return fail(Errc::timed_out, "nobody came back from the authorization page");
    }
    co_return *came_back;
  }

  std::string server;
  std::string cookie = random_id("");
  Deadline expires = SteadyClock::now() + patience;
  std::optional<std::string> url{};        ///< where the person is sent
  std::optional<std::string> came_back{};  ///< the address they came back with
  std::optional<Result<void>> outcome{};
  Signal changed;

 private:
  std::string redirect_uri_;
};

AuthorizationDesk::AuthorizationDesk(Executor executor, Hub& hub, AuthorizationParts parts, Log log)
    : executor_(executor), hub_(hub), parts_(parts), log_(log), tasks_(executor, log) {}

AuthorizationDesk::~AuthorizationDesk() = default;

Task<> AuthorizationDesk::run() {
  running_ = true;
  struct Stopped {
    bool& running;
    ~Stopped() { running = false; }
  } const stopped{running_};
  co_await tasks_.run(sleep_until(Deadline::max()));
}

Task<net::ServerResponse> AuthorizationDesk::handle(net::ServerRequest request) {
  std::function<Task<net::ServerResponse>()> at_desk = [this,
                                                        request = std::move(request)]() -> Task<net::ServerResponse> {
    if (!running_) co_return page(503, "The server is about to stop.");
    if (request.path == start_path) co_return co_await start(request);
    if (request.path == callback_path) co_return co_await come_back(request);
    co_return page(404, "There is nothing here.");
  };
  co_return co_await run_on<net::ServerResponse>(executor_, std::move(at_desk));
}

Task<net::ServerResponse> AuthorizationDesk::start(net::ServerRequest request) {
  forget_old_visits();
  const std::string name = mcp::query_of("?" + request.query)["server"];
  auto server = hub_.entry(name);
  if (!server || server->transport == ServerTransport::stdio) {
    co_return page(404, fmt::format("There is no server '{}' reached over HTTP.", name));
  }
  if (visits_.size() >= max_visits) co_return page(503, "Too many people are on their way already.");
  const auto visit = visits_.emplace_back(std::make_shared<Visit>(executor_, name, redirect_uri_for(request)));
  tasks_.spawn("an authorization", authorize(visit, *std::move(server)));
  while (!visit->url && !visit->outcome) co_await visit->changed.wait();
  if (!visit->url) {
    const bool done = visit->outcome->has_value();
    co_return done ? page(200, fmt::format("'{}' is authorized already.", name))
                   : page(502, fmt::format("'{}' cannot be authorized: {}", name, visit->outcome->error().message));
  }
  auto response = page(302, "Go on at the address you are sent to.");
  response.headers.emplace_back("Location", *visit->url);
  response.headers.emplace_back(
      "Set-Cookie", fmt::format("{}={}; Path=/oauth; Max-Age=600; HttpOnly; SameSite=Lax", cookie_name, visit->cookie));
  co_return response;
}

Task<> AuthorizationDesk::authorize(std::shared_ptr<Visit> visit, ServerEntry server) {
  const std::string name = server.name;
  visit->outcome = co_await authorize_at(std::move(server), parts_, *visit, log_);
  if (*visit->outcome) log_.info("server.authorized", {{"server", name}});
  visit->changed.notify();
  if (*visit->outcome) co_await hub_.authorization_changed();
}

/// Who comes back must bring the `state` of a visit, and be the browser that set out on it.
Task<net::ServerResponse> AuthorizationDesk::come_back(net::ServerRequest request) {
  const std::string state = mcp::query_of("?" + request.query)["state"];
  const auto same_state = [&](const auto& visit) {
    return visit->url && !state.empty() && mcp::query_of(*visit->url)["state"] == state;
  };
  const auto found = std::ranges::find_if(visits_, same_state);
  if (found == visits_.end()) co_return page(400, "Nobody is expected here, or no longer. Please begin again.");
  const std::shared_ptr<Visit> visit = *found;
  if (cookie_of(request) != visit->cookie) co_return page(403, "This browser did not begin the authorization.");
  if (!visit->came_back) visit->came_back = "http://localhost" + std::string(callback_path) + "?" + request.query;
  visit->changed.notify();
  const Deadline deadline = SteadyClock::now() + time_to_redeem;
  while (!visit->outcome) {
    const bool in_time = co_await visit->changed.wait_until(deadline);
    if (!in_time) break;
  }
  visits_.remove(visit);
  if (!visit->outcome) co_return page(504, fmt::format("'{}' does not answer. It may still connect.", visit->server));
  if (!*visit->outcome) {
    co_return page(502, fmt::format("'{}' is not authorized: {}", visit->server, visit->outcome->error().message));
  }
  co_return page(200, fmt::format("'{}' is authorized. You can close this page.", visit->server));
}

void AuthorizationDesk::forget_old_visits() {
  std::erase_if(visits_,
                [now = SteadyClock::now()](const auto& visit) { return visit->outcome || visit->expires < now; });
}

}  // namespace convoke
