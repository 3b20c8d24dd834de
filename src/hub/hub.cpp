#include "hub/hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "hub/caller_line.hpp"
#include "hub/tool_answer.hpp"

namespace convoke {

using namespace asio::experimental::awaitable_operators;

namespace {

/// The arguments as the model wrote them; many write nothing when there are none.
Result<json::object> parse_arguments(const ToolCall& call) {
  if (call.arguments.find_first_not_of(" \t\r\n") == std::string::npos) return json::object{};
  TRY(json::value value, parse_json(call.arguments));
  if (value.is_null()) return json::object{};
  if (!value.is_object()) return fail(Errc::invalid_input, fmt::format("not an object but {}", kind_of(value)));
  return std::move(value.get_object());
}

std::string unknown_tool(const std::string& name, const std::vector<Tool>& tools) {
  std::string known;
  for (const Tool& tool : tools) known += (known.empty() ? "" : ", ") + tool.name;
  return fmt::format("there is no tool '{}'; {}", name,
                     known.empty() ? "no tools are available now" : "there are: " + known);
}

Error removed(const std::string& server) {
  return {Errc::not_found, fmt::format("the server '{}' was removed", server)};
}

}  // namespace

Hub::Hub(std::vector<ServerEntry> servers, ConnectionSettings settings, Executor executor,
         const TransportFactory& make_transport, const Clock& clock, Log log)
    : settings_(settings),
      executor_(executor),
      make_transport_(make_transport),
      clock_(clock),
      log_(std::move(log)),
      scope_(executor, log_),
      published_(executor) {
  for (ServerEntry& entry : servers) add_member(std::move(entry));
  publish();
}

Hub::~Hub() = default;

Task<> Hub::run() { co_await scope_.run(start_members()); }

Task<> Hub::start_members() {
  for (Member& member : members_) scope_.spawn("the connection to an MCP server", serve(member));
  co_await sleep_until(Deadline::max());
}

Hub::Member& Hub::add_member(ServerEntry entry) {
  ServerConnection::Surroundings surroundings{settings_, clock_, [this] { publish(); }};
  surroundings.on_resource_updated = [this](const std::string& server, const std::string& uri) {
    if (resource_updated_) resource_updated_(server, uri);
  };
  return members_.emplace_back(
      std::make_unique<ServerConnection>(std::move(entry), make_transport_, executor_, std::move(surroundings), log_),
      std::make_unique<Signal>(executor_));
}

/// Keeps one server connected until it is dismissed, and is gone then.
Task<> Hub::serve(Member& member) {
  auto stay_connected = [&]() -> Task<> {
    co_await member.connection->run();
    co_await sleep_until(Deadline::max());  // given up or disabled; it stays on the list
  };
  auto until_dismissed = [&]() -> Task<> {
    while (!member.dismissed) co_await member.dismissal->wait();
  };
  co_await (stay_connected() || until_dismissed());
  co_await member.connection->idle();  // calls under way have seen that it is gone
  members_.remove_if([&](const Member& one) { return &one == &member; });
}

Task<> Hub::apply(std::vector<ServerEntry> servers) {
  std::function<Task<bool>()> replace = [this, servers = std::move(servers)]() -> Task<bool> {
    replace_members(servers);
    co_return true;
  };
  co_await run_on<bool>(executor_, std::move(replace));
}

void Hub::replace_members(std::vector<ServerEntry> servers) {
  for (Member& member : members_) {
    const bool stays = std::ranges::any_of(
        servers, [&](const ServerEntry& entry) { return is_same(entry, member.connection->entry()); });
    if (stays || member.dismissed) continue;
    member.dismissed = true;
    member.dismissal->notify();
    log_.info("server.dismissed", {{"server", member.connection->name()}});
  }
  for (ServerEntry& entry : servers) {
    const auto known = std::ranges::find_if(
        members_, [&](const Member& member) { return !member.dismissed && member.connection->name() == entry.name; });
    if (known != members_.end()) {
      members_.splice(members_.end(), members_, known);  // into the order of the configuration
    } else {
      scope_.spawn("the connection to an MCP server", serve(add_member(std::move(entry))));
    }
  }
  publish();
}

std::shared_ptr<const std::vector<Tool>> Hub::tools() const {
  const auto now = view();
  return {now, &now->catalogue.tools};
}

std::shared_ptr<const Catalogue> Hub::catalogue() const {
  const auto now = view();
  return {now, &now->catalogue};
}

std::vector<ServerStatus> Hub::servers() const { return view()->servers; }

Task<ToolResult> Hub::call(ToolCall call, ToolCaller& caller) {
  const auto now = view();
  const auto route = now->catalogue.routes.find(call.name);
  if (route == now->catalogue.routes.end()) {
    co_return tool_failure(call, unknown_tool(call.name, now->catalogue.tools));
  }
  auto arguments = parse_arguments(call);
  if (!arguments) {
    co_return tool_failure(
        call, "the arguments must be the JSON text of an object, but they are " + arguments.error().message);
  }
  const CallerLine line(co_await asio::this_coro::executor, caller);
  auto body = [this, call, to = route->second, arguments = *std::move(arguments), &line]() -> Task<ToolResult> {
    ServerConnection* server = connection(to.server);
    if (!server) co_return tool_failure(call, removed(to.server).message);
    co_return co_await server->call(call, to.name, arguments, line);
  };
  co_return co_await run_on<ToolResult>(executor_, std::move(body));
}

ServerConnection* Hub::connection(const std::string& server) {
  for (Member& member : members_) {
    if (!member.dismissed && member.connection->name() == server) return member.connection.get();
  }
  return nullptr;
}

std::optional<ServerEntry> Hub::entry(const std::string& server) {
  const ServerConnection* found = connection(server);
  return found ? std::optional(found->entry()) : std::nullopt;
}

Task<> Hub::authorization_changed() {
  std::function<Task<bool>()> retry = [this]() -> Task<bool> {
    for (Member& member : members_) member.connection->authorization_changed();
    co_return true;
  };
  co_await run_on<bool>(executor_, std::move(retry));
}

/// Called on the loop of the connections, and by the constructor.
void Hub::publish() {
  auto fresh = std::make_shared<View>();
  std::vector<const ServerOffer*> offers;
  for (const Member& member : members_) {
    if (member.dismissed) continue;
    offers.push_back(&member.connection->offer());
    fresh->servers.push_back(member.connection->status());
  }
  fresh->catalogue = make_catalogue(offers);
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(fresh);
  }
  published_.notify();
}

std::shared_ptr<const Hub::View> Hub::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

}  // namespace convoke
