#include "mcp/server/server.hpp"

namespace convoke::mcp {

namespace {

template <class Entries, class Entry, class Same>
void add_or_replace(Entries& entries, Entry entry, Same same) {
  const auto found = std::ranges::find_if(entries, [&](const auto& old) { return same(old.item, entry.item); });
  if (found == entries.end()) {
    entries.push_back(std::move(entry));
  } else {
    *found = std::move(entry);
  }
}

/// True if the items are others now.
template <class Entries>
bool replace(Entries& entries, Entries fresh) {
  const bool same = std::ranges::equal(entries, fresh, [](const auto& a, const auto& b) { return a.item == b.item; });
  entries = std::move(fresh);
  return !same;
}

constexpr auto same_name = [](const auto& a, const auto& b) { return a.name == b.name; };

}  // namespace

ChangeListener::ChangeListener(std::list<OnChange*>& listeners, OnChange on_change)
    : listeners_(listeners), on_change_(std::move(on_change)) {
  listeners_.push_back(&on_change_);
}

ChangeListener::~ChangeListener() { listeners_.remove(&on_change_); }

Server::Server(Implementation info, ServerOptions options) : info_(std::move(info)), options_(std::move(options)) {}

void Server::add_tool(Tool tool, ToolHandler handler) {
  add_or_replace(tools_, entry_of(std::move(tool), std::move(handler)), same_name);
  changed(Change::tools);
}

Server::ToolEntry Server::entry_of(Tool tool, ToolHandler handler) const {
  ToolEntry entry{std::move(tool), std::move(handler), schema::LazySchema({}), std::nullopt};
  if (!options_.check_schemas) return entry;
  entry.input = schema::LazySchema(entry.item.input_schema);
  if (entry.item.output_schema) entry.output.emplace(*entry.item.output_schema);
  return entry;
}

void Server::add_tool(Tool tool, std::function<CallToolResult(const json::object& arguments)> handler) {
  add_tool(std::move(tool),
           [handler = std::move(handler)](RequestContext&, json::object arguments) -> Task<Result<CallToolResult>> {
             co_return handler(arguments);
           });
}

void Server::remove_tool(const std::string& name) {
  std::erase_if(tools_, [&](const auto& entry) { return entry.item.name == name; });
  changed(Change::tools);
}

void Server::add_prompt(Prompt prompt, PromptHandler handler) {
  add_or_replace(prompts_, Entry<Prompt, PromptHandler>{std::move(prompt), std::move(handler)}, same_name);
  changed(Change::prompts);
}

void Server::add_prompt(Prompt prompt, std::function<GetPromptResult(const PromptArguments&)> handler) {
  add_prompt(
      std::move(prompt),
      [handler = std::move(handler)](RequestContext&, PromptArguments arguments) -> Task<Result<GetPromptResult>> {
        co_return handler(arguments);
      });
}

void Server::add_resource(Resource resource, ResourceHandler handler) {
  add_or_replace(resources_, Entry<Resource, ResourceHandler>{std::move(resource), std::move(handler)},
                 [](const Resource& a, const Resource& b) { return a.uri == b.uri; });
  changed(Change::resources);
}

void Server::add_resource_template(ResourceTemplate resource_template, ResourceHandler handler) {
  add_or_replace(templates_, Entry<ResourceTemplate, ResourceHandler>{std::move(resource_template), std::move(handler)},
                 [](const ResourceTemplate& a, const ResourceTemplate& b) { return a.uri_template == b.uri_template; });
  changed(Change::resources);
}

void Server::set_completions(CompletionHandler handler) { complete_ = std::move(handler); }

void Server::replace_tools(std::vector<std::pair<Tool, ToolHandler>> tools) {
  std::vector<ToolEntry> fresh;
  for (auto& [tool, handler] : tools) fresh.push_back(entry_of(std::move(tool), std::move(handler)));
  if (replace(tools_, std::move(fresh))) changed(Change::tools);
}

void Server::replace_prompts(std::vector<std::pair<Prompt, PromptHandler>> prompts) {
  std::vector<Entry<Prompt, PromptHandler>> fresh;
  for (auto& [prompt, handler] : prompts) fresh.push_back({std::move(prompt), std::move(handler)});
  if (replace(prompts_, std::move(fresh))) changed(Change::prompts);
}

void Server::replace_resources(std::vector<std::pair<Resource, ResourceHandler>> resources) {
  std::vector<Entry<Resource, ResourceHandler>> fresh;
  for (auto& [resource, handler] : resources) fresh.push_back({std::move(resource), std::move(handler)});
  if (replace(resources_, std::move(fresh))) changed(Change::resources);
}

void Server::replace_resource_templates(std::vector<std::pair<ResourceTemplate, ResourceHandler>> templates) {
  std::vector<Entry<ResourceTemplate, ResourceHandler>> fresh;
  for (auto& [item, handler] : templates) fresh.push_back({std::move(item), std::move(handler)});
  if (replace(templates_, std::move(fresh))) changed(Change::resources);
}

void Server::changed(Change change, const std::string& uri) {
  for (auto listener = listeners_.begin(); listener != listeners_.end();) (**listener++)(change, uri);
}

std::unique_ptr<ChangeListener> Server::listen(ChangeListener::OnChange on_change) {
  return std::make_unique<ChangeListener>(listeners_, std::move(on_change));
}

ResourceInterests::Interest::Interest(ResourceInterests& all, std::string uri) : all_(all), uri_(std::move(uri)) {
  if (++all_.counts_[uri_] == 1 && all_.on_change) all_.on_change(uri_, true);
}

ResourceInterests::Interest::~Interest() {
  if (--all_.counts_[uri_] > 0) return;
  all_.counts_.erase(uri_);
  if (all_.on_change) all_.on_change(uri_, false);
}

std::unique_ptr<ResourceInterests::Interest> Server::interest_in(const std::string& uri) {
  return std::make_unique<ResourceInterests::Interest>(interests_, uri);
}

ServerCapabilities Server::capabilities() const {
  ServerCapabilities capabilities;
  const bool all = options_.declares_all;
  capabilities.tools = capabilities.tools_list_changed = all || !tools_.empty();
  capabilities.prompts = capabilities.prompts_list_changed = all || !prompts_.empty();
  capabilities.resources = all || unlisted_ || !resources_.empty() || !templates_.empty();
  capabilities.resources_list_changed = capabilities.resources;
  capabilities.resources_subscribe = capabilities.resources && options_.takes_subscriptions;
  capabilities.completions = static_cast<bool>(complete_);
  capabilities.logging = true;
  const auto may_be_task = [](const auto& entry) { return entry.item.task_support != TaskSupport::forbidden; };
  capabilities.tasks = all || std::ranges::any_of(tools_, may_be_task);
  return capabilities;
}

}  // namespace convoke::mcp
