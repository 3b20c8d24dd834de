#include "chat/offered_tools.hpp"

#include <algorithm>

namespace convoke {
namespace {

json::object text_property(std::string_view description) { return {{"type", "string"}, {"description", description}}; }
json::object number_property(std::string_view description) {
  return {{"type", "integer"}, {"description", description}};
}

json::object schema(json::object properties, json::array required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

// None of these texts depends on which tools there are: the provider's cache stays warm when that changes.
ToolDefinition find_tools() {
  return {std::string(find_tools_name),
          "Finds tools by what they do. There are many more tools than those you see: search before you say that "
          "something cannot be done. Returns names, descriptions and parameters; call what you find with call_tool.",
          schema({{"query", text_property("A few words, such as: create calendar event")}}, {"query"})};
}

ToolDefinition call_tool() {
  return {std::string(call_tool_name), "Calls a tool that find_tools has found.",
          schema({{"name", text_property("The tool's name")},
                  {"arguments", {{"type", "object"}, {"description", "What its parameters ask for"}}}},
                 {"name", "arguments"})};
}

ToolDefinition read_result() {
  return {std::string(read_result_name),
          "Reads more of a tool's result that was cut. The note at the cut tells its id and the number of pages.",
          schema({{"id", text_property("The id in the note")}, {"page", number_property("Counted from 1")}},
                 {"id", "page"})};
}

void add_unless_taken(std::vector<ToolDefinition>& definitions, const std::vector<Tool>& servers, ToolDefinition own) {
  if (std::ranges::find(servers, own.name, &Tool::name) == servers.end()) definitions.push_back(std::move(own));
}

}  // namespace

OfferedTools offer_tools(std::vector<Tool> servers, const MessageCounter& counter, const ContextLimits& limits) {
  OfferedTools offered{.servers = std::move(servers)};
  if (offered.servers.empty()) return offered;
  for (const Tool& tool : offered.servers) {
    offered.definitions.push_back({tool.name, tool.description, tool.input_schema});
  }
  const std::int64_t all = counter.count(offered.definitions);
  if (all * 100 > limits.max_tokens * limits.max_tools_percent && limits.max_tools_percent < 100) {
    offered.definitions = {find_tools(), call_tool()};
    offered.index.emplace(offered.servers);
    offered.saved_tokens = all - counter.count(offered.definitions);
  }
  const std::vector<Tool>& taken = offered.index ? std::vector<Tool>() : offered.servers;
  add_unless_taken(offered.definitions, taken, read_result());
  offered.tokens = counter.count(offered.definitions);
  return offered;
}

Task<std::shared_ptr<const OfferedTools>> ToolOffers::get(Tools tools, Settings settings, const MessageCounter& counter,
                                                          Executor workers,
                                                          std::function<bool(const Tool&)> may_offer) {
  const Tokenizer* tokenizer = &counter.tokenizer();
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find_if(entries_, [&](const Entry& e) {
      return e.tools == tools && e.settings == settings && e.tokenizer == tokenizer;
    });
    if (known != entries_.end()) co_return known->offered;
  }
  auto make = [&] {
    std::vector<Tool> allowed;
    std::ranges::copy_if(*tools, std::back_inserter(allowed), may_offer);
    return std::make_shared<const OfferedTools>(offer_tools(std::move(allowed), counter, settings->context));
  };
  auto offered = tools->empty() ? make() : co_await offload<std::shared_ptr<const OfferedTools>>(workers, make);
  const std::lock_guard lock(mutex_);
  if (entries_.size() == max_entries) entries_.pop_back();
  entries_.insert(entries_.begin(), {std::move(tools), std::move(settings), tokenizer, offered});
  co_return offered;
}

}  // namespace convoke
