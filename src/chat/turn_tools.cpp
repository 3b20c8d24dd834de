#include "chat/turn_tools.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "chat/result_pages.hpp"
#include "chat/shown_message.hpp"
#include "hub/tool_answer.hpp"

namespace convoke {
namespace {

constexpr std::string_view house = "convoke";
constexpr std::size_t max_found = 8;

/// How far back a result is looked for: further back than any context reaches.
constexpr int max_pages_of_events = 64;
constexpr int events_per_page = 64;

json::object arguments_of(const ToolCall& call) {
  auto parsed = parse_json(call.arguments);
  return parsed && parsed->is_object() ? std::move(parsed->get_object()) : json::object{};
}

ToolResult answer(const ToolCall& call, std::string text) {
  return {.call_id = call.id, .name = call.name, .text = std::move(text)};
}

}  // namespace

TurnTools::TurnTools(Toolbox& servers, ConversationStore& store, std::string conversation_id)
    : servers_(servers), store_(store), conversation_id_(std::move(conversation_id)) {}

void TurnTools::use(std::shared_ptr<const OfferedTools> offered, std::size_t page_bytes) {
  offered_ = std::move(offered);
  page_bytes_ = page_bytes;
}

bool TurnTools::is_ours(std::string_view tool) const {
  const bool is_offered =
      std::ranges::find(offered_->definitions, tool, &ToolDefinition::name) != offered_->definitions.end();
  const bool is_servers = !offered_->index && server_named(tool);
  return is_offered && !is_servers;
}

const Tool* TurnTools::server_named(std::string_view tool) const {
  const auto found = std::ranges::find(offered_->servers, tool, &Tool::name);
  return found == offered_->servers.end() ? nullptr : &*found;
}

std::string TurnTools::server_of(std::string_view tool) const {
  if (is_ours(tool)) return std::string(house);
  const Tool* found = server_named(tool);
  return found ? found->server : "";
}

ToolCall TurnTools::resolved(ToolCall call) const {
  if (call.name != call_tool_name || !is_ours(call.name)) return call;
  const json::object wanted = arguments_of(call);
  const std::string name = string_or_empty(wanted, "name");
  if (!server_named(name)) return call;
  const json::value* arguments = wanted.if_contains("arguments");
  // Some models write the inner arguments as text.
  const json::string* as_text = arguments ? arguments->if_string() : nullptr;
  return {call.id, name, as_text ? std::string(*as_text) : arguments ? json::serialize(*arguments) : std::string("{}")};
}

Task<ToolResult> TurnTools::call(ToolCall call, ToolCaller& caller) {
  if (!is_ours(call.name)) co_return co_await servers_.call(with_origin(std::move(call)), caller);
  if (call.name == find_tools_name) co_return find_tools(call);
  if (call.name == call_tool_name) co_return explain_call_tool(call);
  co_return co_await read_result(std::move(call));
}

ToolCall TurnTools::with_origin(ToolCall call) const {
  const Tool* tool = server_named(call.name);
  if (!tool || tool->server != memory_server_name) return call;
  json::object arguments = arguments_of(call);
  arguments[std::string(origin_argument)] = conversation_id_;
  call.arguments = json::serialize(arguments);
  return call;
}

ToolResult TurnTools::find_tools(const ToolCall& call) const {
  const std::string query = string_or_empty(arguments_of(call), "query");
  json::array found;
  for (const std::size_t i : offered_->index->find(query, max_found)) {
    const Tool& tool = offered_->servers[i];
    found.push_back({{"name", tool.name}, {"description", tool.description}, {"parameters", tool.input_schema}});
  }
  if (!found.empty()) return answer(call, json::serialize(found));
  std::vector<std::string_view> names;
  for (const Tool& tool : offered_->servers) {
    if (std::ranges::find(names, tool.server) == names.end()) names.emplace_back(tool.server);
  }
  return answer(call, fmt::format("No tool fits '{}'. Try other words. The tools are those of: {}.", query,
                                  fmt::join(names, ", ")));
}

ToolResult TurnTools::explain_call_tool(const ToolCall& call) const {
  return tool_failure(call, fmt::format("there is no tool '{}'; find_tools tells the names",
                                        string_or_empty(arguments_of(call), "name")));
}

Task<ToolResult> TurnTools::read_result(ToolCall call) {
  const json::object wanted = arguments_of(call);
  const std::string id = string_or_empty(wanted, "id");
  const std::int64_t page = find_integer(wanted, "page").value_or(1);
  const auto text = co_await find_result(id);
  if (!text) co_return tool_failure(call, text.error().message);
  const std::size_t pages = count_pages(*text, page_bytes_);
  if (page < 1 || page > static_cast<std::int64_t>(pages)) {
    co_return tool_failure(call, fmt::format("there is no page {}; the pages are 1 to {}", page, pages));
  }
  const auto number = static_cast<std::size_t>(page);
  std::string shown(page_of(*text, number, page_bytes_));
  // The note is short beside the page, so that this result is not cut in turn.
  if (number < pages) shown += fmt::format("\n[page {} of {}]", page, pages);
  co_return answer(call, std::move(shown));
}

/// Looks backwards through the conversation. The results of this very turn are there, too: the turn has waited for the
/// disk before it makes this call.
Task<Result<std::string>> TurnTools::find_result(std::string result_id) {
  Sequence end = 0;
  for (int i = 0; i < max_pages_of_events && !result_id.empty(); ++i) {
    CO_TRY(const std::vector<Event> events, co_await store_.path(conversation_id_, end, events_per_page));
    for (const Event& event : events) {
      if (result_id_of(event) != result_id || event.message.parts.empty()) continue;
      if (const ToolResult* result = std::get_if<ToolResult>(&event.message.parts.front())) co_return result->text;
    }
    if (events.size() < events_per_page || events.front().parent == 0) break;
    end = events.front().parent;
  }
  co_return fail(Errc::not_found, fmt::format("there is no result '{}' in this conversation", result_id));
}

}  // namespace convoke
