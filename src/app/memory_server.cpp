#include "app/memory_server.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/turn_tools.hpp"
#include "mcp/server/in_memory_transport.hpp"

namespace convoke {
namespace {

json::object text_property(std::string_view description) { return {{"type", "string"}, {"description", description}}; }

mcp::Tool tool(std::string name, std::string description, json::object properties, json::array required) {
  mcp::Tool made{.name = std::move(name), .description = std::move(description)};
  made.input_schema = {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
  made.annotations.open_world_hint = false;
  return made;
}

/// One line, whatever the fact: with a line break of its own it could pass for several.
std::string line_of(const Fact& fact) {
  std::string text = fact.text;
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return fmt::format("{}: {}\n", fact.id, text);
}

Task<Result<mcp::CallToolResult>> remember(Memory& memory, json::object arguments) {
  CO_TRY(const Fact fact, co_await memory.remember(string_or_empty(arguments, "fact"),
                                                   string_or_empty(arguments, std::string(origin_argument))));
  co_return mcp::text_result("Remembered under the id " + fact.id + ".");
}

Task<Result<mcp::CallToolResult>> recall(Memory& memory, json::object arguments) {
  CO_TRY(const std::vector<Fact> facts, co_await memory.recall(string_or_empty(arguments, "query")));
  std::string text;
  for (const Fact& fact : facts) text += line_of(fact);
  co_return mcp::text_result(text.empty() ? "Nothing is remembered about that." : text);
}

Task<Result<mcp::CallToolResult>> forget(Memory& memory, json::object arguments) {
  CO_CHECK(co_await memory.forget(string_or_empty(arguments, "id")));
  co_return mcp::text_result("Forgotten.");
}

}  // namespace

std::unique_ptr<mcp::Server> make_memory_server(Memory& memory) {
  using Arguments = json::object;
  auto server =
      std::make_unique<mcp::Server>(mcp::Implementation{.name = "convoke-memory", .version = CONVOKE_VERSION});
  server->add_tool(
      tool("remember",
           "Keeps a fact about the user for later conversations. Only when they ask for it. One fact in one "
           "sentence that can be understood by itself.",
           {{"fact", text_property("The fact, such as: The user's daughter is called Ada.")}}, {"fact"}),
      [&memory](mcp::RequestContext&, Arguments given) { return remember(memory, std::move(given)); });
  mcp::Tool look =
      tool("recall", "Looks up what the user asked to remember in earlier conversations, with the ids of the facts.",
           {{"query", text_property("A few words; empty for everything")}}, {});
  look.annotations.read_only_hint = true;
  server->add_tool(std::move(look),
                   [&memory](mcp::RequestContext&, Arguments given) { return recall(memory, std::move(given)); });
  server->add_tool(tool("forget", "Deletes a fact for good. Only when the user asks for it.",
                        {{"id", text_property("The fact's id, as recall tells it")}}, {"id"}),
                   [&memory](mcp::RequestContext&, Arguments given) { return forget(memory, std::move(given)); });
  return server;
}

ServerEntry memory_server_entry() {
  ServerEntry entry;
  entry.name = memory_server_name;
  entry.command = "(built in)";
  entry.auto_approve = {"*"};  // whoever switched it on wants it, and the user sees and edits all of it
  return entry;
}

TransportFactory with_memory_server(TransportFactory others, Executor executor, mcp::Server& server, Log log) {
  return [others = std::move(others), executor, &server, log](
             const ServerEntry& entry,
             std::function<void(std::string_view)> on_stderr) -> Result<std::unique_ptr<mcp::Transport>> {
    if (entry.name != memory_server_name) return others(entry, std::move(on_stderr));
    return mcp::in_memory_transport(executor, server, log);
  };
}

}  // namespace convoke
