#include "hub/hub.hpp"

#include <fmt/format.h>

#include "base/task_scope.hpp"
#include "hub/tool_answer.hpp"

namespace convoke {
namespace {

/// Brings progress from the loop of the server to the loop of the caller, as long as the call lasts. It is created,
/// closed and delivered to on the caller's loop; the server's loop only posts.
class ProgressRelay {
 public:
  ProgressRelay(Executor home, std::function<void(const ToolProgress&)> on_progress)
      : home_(std::move(home)), target_(std::make_shared<Target>(std::move(on_progress))) {}
  ~ProgressRelay() { target_->on_progress = nullptr; }
  ProgressRelay(const ProgressRelay&) = delete;
  ProgressRelay& operator=(const ProgressRelay&) = delete;

  std::function<void(const mcp::Progress&)> entrance() const {
    if (!target_->on_progress) return {};
    return [home = home_, target = target_](const mcp::Progress& progress) {
      asio::post(home, [target, seen = ToolProgress{progress.progress, progress.total, progress.message}] {
        if (target->on_progress) target->on_progress(seen);
      });
    };
  }

 private:
  /// Shared with posted deliveries, which may arrive after the caller has gone.
  struct Target {
    std::function<void(const ToolProgress&)> on_progress;
  };
  Executor home_;
  std::shared_ptr<Target> target_;
};

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

}  // namespace

Hub::Hub(std::vector<ServerEntry> servers, ConnectionSettings settings, Executor executor,
         const TransportFactory& make_transport, const Clock& clock, Log log)
    : settings_(settings), executor_(executor), log_(std::move(log)) {
  for (ServerEntry& entry : servers) {
    ServerConnection::Surroundings surroundings{settings_, clock, [this] { publish(); }};
    connections_.push_back(
        std::make_unique<ServerConnection>(std::move(entry), make_transport, executor, std::move(surroundings), log_));
  }
  publish();
}

Hub::~Hub() = default;

Task<> Hub::run() {
  TaskScope scope(executor_, log_);
  co_await scope.run(supervise(scope));
}

Task<> Hub::supervise(TaskScope& scope) {
  for (const auto& one : connections_) scope.spawn("the connection to an MCP server", one->run());
  co_await sleep_until(Deadline::max());
}

std::shared_ptr<const std::vector<Tool>> Hub::tools() const {
  const auto now = view();
  return {now, &now->catalogue.tools};
}

std::vector<ServerStatus> Hub::servers() const { return view()->servers; }

Task<ToolResult> Hub::call(ToolCall call, std::function<void(const ToolProgress&)> on_progress) {
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
  const ProgressRelay relay(co_await asio::this_coro::executor, std::move(on_progress));
  auto body = [this, call, to = route->second, arguments = *std::move(arguments), entrance = relay.entrance()] {
    return connection(to.server).call(call, to.tool, arguments, entrance);
  };
  co_return co_await run_on<ToolResult>(executor_, std::move(body));
}

ServerConnection& Hub::connection(const std::string& server) {
  return **std::ranges::find(connections_, server, [](const auto& one) -> const std::string& { return one->name(); });
}

/// Called on the loop of the connections, and by the constructor.
void Hub::publish() {
  auto fresh = std::make_shared<View>();
  std::vector<ServerTools> offers;
  for (const auto& one : connections_) {
    offers.push_back(one->tools());
    fresh->servers.push_back(one->status());
  }
  fresh->catalogue = make_catalogue(offers);
  const std::lock_guard lock(mutex_);
  view_ = std::move(fresh);
}

std::shared_ptr<const Hub::View> Hub::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

}  // namespace convoke
