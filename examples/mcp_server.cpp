// An MCP server over stdio: a tool, a resource and a prompt, for clients of every revision. Try it with any host:
//   {"mcpServers": {"notes": {"command": "build/release/mcp_server_example"}}}
#include <cstdio>
#include <map>

#include "base/run.hpp"
#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/stdio_pipe.hpp"

using namespace convoke;
using namespace convoke::mcp;

std::map<std::string, std::string> notes{{"welcome", "Write something down."}};

// Arguments that do not fit the schema never get here: the caller is told which one is wrong, and why.
Tool write_note() {
  Tool tool{.name = "write_note", .description = "Keeps a note under a name."};
  tool.input_schema = json::parse(R"({"type": "object", "required": ["name", "text"], "properties": {
      "name": {"type": "string", "pattern": "^[a-z]+$"}, "text": {"type": "string", "maxLength": 1000}}})")
                          .as_object();
  return tool;
}

CallToolResult keep(const json::object& arguments) {
  const auto name = string_or_empty(arguments, "name");
  notes[name] = string_or_empty(arguments, "text");
  return text_result("kept as note://" + name);
}

Task<Result<ReadResourceResult>> read_note(RequestContext&, std::string uri, UriVariables variables) {
  const auto note = notes.find(variables.at("name"));
  if (note == notes.end()) co_return fail(Errc::not_found, "no note '" + variables.at("name") + "'");
  ResourceContents contents{std::move(uri), "text/plain", note->second};
  co_return ReadResourceResult{{std::move(contents)}};
}

GetPromptResult summarize(const PromptArguments& arguments) {
  const std::string words = "Summarize this in one sentence:\n" + notes[arguments.at("name")];
  return {.messages = {{"user", text(words)}}};
}

int main() {
  asio::io_context loop(1);
  auto pipe = stdio_pipe(loop.get_executor());
  if (!pipe) return std::fprintf(stderr, "%s\n", pipe.error().message.c_str()), 1;

  Server server({"notes", "1.0"}, {.instructions = "Keeps short notes."});
  server.add_tool(write_note(), keep);
  server.add_resource_template({.uri_template = "note://{name}", .name = "note"}, read_note);
  server.add_prompt({.name = "summarize", .arguments = {{.name = "name", .required = true}}}, summarize);
  run(loop, serve_pipe(server, **pipe, Log{}));
}
