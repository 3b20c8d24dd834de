// convoke-demo-server: a small MCP server over stdio, to try a host with. Calculates, lists its folder, has two
// prompts.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/run.hpp"
#include "mcp/server/pipe_server.hpp"
#include "mcp/transport/stdio_pipe.hpp"

namespace convoke::mcp {
namespace {

json::object number_called(std::string_view description) { return {{"type", "number"}, {"description", description}}; }

Tool calculation(std::string name, std::string title, std::string description, std::string_view a, std::string_view b) {
  Tool tool{.name = std::move(name), .title = std::move(title), .description = std::move(description)};
  tool.input_schema = {{"type", "object"},
                       {"properties", json::object{{"a", number_called(a)}, {"b", number_called(b)}}},
                       {"required", json::array{"a", "b"}},
                       {"additionalProperties", false}};
  tool.output_schema = json::object{{"type", "object"},
                                    {"properties", json::object{{"result", json::object{{"type", "number"}}}}},
                                    {"required", json::array{"result"}}};
  tool.annotations.read_only_hint = true;
  tool.annotations.idempotent_hint = true;
  tool.annotations.open_world_hint = false;
  return tool;
}

/// 12 rather than 1.2E1, and nothing that JSON cannot say.
json::value as_json_number(double number) {
  if (std::trunc(number) == number && std::abs(number) < 1e15) return static_cast<std::int64_t>(number);
  return number;
}

using Operation = std::function<Result<double>(double, double)>;

CallToolResult calculate(const Operation& operation, const json::object& arguments) {
  const json::value* a = arguments.if_contains("a");
  const json::value* b = arguments.if_contains("b");
  if (!a || !b || !a->is_number() || !b->is_number()) return error_result("a and b must be numbers");
  const auto result = operation(a->to_number<double>(), b->to_number<double>());
  if (!result) return error_result(result.error().message);
  if (!std::isfinite(*result)) return error_result("the result is too large or is no real number");
  CallToolResult answer = text_result(fmt::format("{}", *result));
  answer.structured_content = json::object{{"result", as_json_number(*result)}};
  return answer;
}

void add_calculation(Server& server, Tool tool, Operation operation) {
  server.add_tool(std::move(tool), [operation = std::move(operation)](const json::object& arguments) {
    return calculate(operation, arguments);
  });
}

void add_tools(Server& server) {
  add_calculation(server, calculation("sum", "Sum", "Adds two numbers.", "First number", "Second number"),
                  [](double a, double b) { return a + b; });
  add_calculation(server, calculation("subtract", "Difference", "Subtracts b from a.", "Minuend", "Subtrahend"),
                  [](double a, double b) { return a - b; });
  add_calculation(server,
                  calculation("multiply", "Product", "Multiplies two numbers.", "First factor", "Second factor"),
                  [](double a, double b) { return a * b; });
  add_calculation(server, calculation("divide", "Quotient", "Divides a by b.", "Dividend", "Divisor, not zero"),
                  [](double a, double b) -> Result<double> {
                    if (b == 0) return fail(Errc::invalid_input, "division by zero: b must not be 0");
                    return a / b;
                  });
  add_calculation(server, calculation("power", "Power", "Raises a to the power of b.", "Base", "Exponent"),
                  [](double a, double b) { return std::pow(a, b); });
}

/// Names and sizes of the working directory's entries, one a line, sorted; never what is in them.
std::string listing_of_working_directory() {
  constexpr std::size_t max_entries = 1'000;
  std::vector<std::string> lines;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(".", error), end; !error && entry != end; entry.increment(error)) {
    std::string line = entry->path().filename().string();
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      line += '/';
    } else if (entry->is_regular_file(ignored)) {
      line += "\t" + std::to_string(entry->file_size(ignored)) + " bytes";
    }
    lines.push_back(std::move(line));
    if (lines.size() == max_entries) break;
  }
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

void add_resources(Server& server) {
  Resource files{.uri = "demo://files", .name = "files", .title = "Files in the working directory"};
  files.description = "The names and sizes of the files where this server runs.";
  files.mime_type = "text/plain";
  server.add_resource(files, [](RequestContext&, std::string uri, UriVariables) -> Task<Result<ReadResourceResult>> {
    ResourceContents contents{std::move(uri), "text/plain", listing_of_working_directory()};
    co_return ReadResourceResult{{std::move(contents)}};
  });
}

GetPromptResult says(std::string words) { return {.messages = {{"user", text(std::move(words))}}}; }

void add_prompts(Server& server) {
  Prompt explain{"explain_calculation", "Explain a calculation", "Asks for a calculation, step by step."};
  explain.arguments = {{"expression", "Expression", "What to calculate, e.g. (3 + 4) * 5", true}};
  server.add_prompt(explain, [](const PromptArguments& arguments) {
    return says("Calculate " + arguments.at("expression") +
                " with the calculation tools, one step at a time, and explain every step.");
  });
  Prompt summarize{"summarize_files", "Summarize the files", "Asks what the files of the working directory are about."};
  server.add_prompt(summarize, [](const PromptArguments&) {
    return says("These are the files of my working directory. What is this folder for?\n\n" +
                listing_of_working_directory());
  });
}

int serve() {
  asio::io_context loop(1);
  auto pipe = stdio_pipe(loop.get_executor());
  if (!pipe) {
    std::fprintf(stderr, "convoke-demo-server: %s\n", pipe.error().message.c_str());
    return 1;
  }
  Server server({"convoke-demo-server", CONVOKE_VERSION, "Convoke demo server"},
                {.instructions = "Calculates with two numbers at a time, and lists the files of its folder."});
  add_tools(server);
  add_resources(server);
  add_prompts(server);
  run(loop, serve_pipe(server, **pipe, Log{}));
  return 0;
}

}  // namespace
}  // namespace convoke::mcp

int main() { return convoke::mcp::serve(); }
