#include "mcp/types/implementation.hpp"

#include <array>

#include "mcp/types/fields.hpp"
#include "mcp/types/task.hpp"

namespace convoke::mcp {

namespace {

constexpr std::array<std::string_view, 8> level_names{"debug", "info",     "notice", "warning",
                                                      "error", "critical", "alert",  "emergency"};

template <class Owner>
bool has(const Owner& owner, std::string_view key) {
  return find_object(owner, key) != nullptr;
}

json::object list_capability(bool list_changed) {
  json::object capability;
  if (list_changed) capability["listChanged"] = true;
  return capability;
}

/// 2025-11-25: tasks.requests.tools.call
bool takes_task_calls(const json::value& capabilities) {
  const json::object* tasks = find_object(capabilities, "tasks");
  const json::object* requests = tasks ? find_object(*tasks, "requests") : nullptr;
  const json::object* tools = requests ? find_object(*requests, "tools") : nullptr;
  return tools && find_object(*tools, "call");
}

bool list_changed_in(const json::value& owner, std::string_view key) {
  const json::value* capability = find(owner, key);
  return capability && find_bool(*capability, "listChanged").value_or(false);
}

}  // namespace

std::string_view name_of(LoggingLevel level) { return level_names.at(static_cast<std::size_t>(level)); }

std::optional<LoggingLevel> logging_level_named(std::string_view name) {
  const auto found = std::find(level_names.begin(), level_names.end(), name);
  if (found == level_names.end()) return std::nullopt;
  return static_cast<LoggingLevel>(found - level_names.begin());
}

json::object to_json(const Icon& icon) {
  json::object object{{"src", icon.src}};
  fields::put(object, "mimeType", icon.mime_type);
  fields::put(object, "sizes", icon.sizes);
  fields::put(object, "theme", icon.theme);
  return object;
}

json::object to_json(const Implementation& implementation) {
  json::object object{{"name", implementation.name}, {"version", implementation.version}};
  fields::put(object, "title", implementation.title);
  fields::put(object, "description", implementation.description);
  fields::put(object, "websiteUrl", implementation.website_url);
  if (!implementation.icons.empty()) object["icons"] = fields::array_of(implementation.icons);
  return object;
}

json::object to_json(const ClientCapabilities& capabilities) {
  json::object object;
  if (capabilities.sampling) {
    json::object sampling;
    if (capabilities.sampling_tools) sampling["tools"] = json::object{};
    object["sampling"] = std::move(sampling);
  }
  if (capabilities.elicitation_form || capabilities.elicitation_url) {
    // An empty object means "form" to every revision; the sub-modes are named only when both are meant or only URLs.
    json::object elicitation;
    if (capabilities.elicitation_url) {
      if (capabilities.elicitation_form) elicitation["form"] = json::object{};
      elicitation["url"] = json::object{};
    }
    object["elicitation"] = std::move(elicitation);
  }
  if (capabilities.roots) object["roots"] = list_capability(capabilities.roots_list_changed);
  fields::put(object, "extensions", capabilities.extensions);
  return object;
}

json::object to_json(const ServerCapabilities& capabilities) {
  json::object object;
  if (capabilities.tools) object["tools"] = list_capability(capabilities.tools_list_changed);
  if (capabilities.prompts) object["prompts"] = list_capability(capabilities.prompts_list_changed);
  if (capabilities.resources) {
    json::object resources = list_capability(capabilities.resources_list_changed);
    if (capabilities.resources_subscribe) resources["subscribe"] = true;
    object["resources"] = std::move(resources);
  }
  if (capabilities.completions) object["completions"] = json::object{};
  if (capabilities.logging) object["logging"] = json::object{};
  if (capabilities.tasks) {
    const json::object nothing;
    object["tasks"] = json::object{
        {"list", nothing}, {"cancel", nothing}, {"requests", json::object{{"tools", json::object{{"call", nothing}}}}}};
  }
  fields::put(object, "extensions", capabilities.extensions);
  return object;
}

std::vector<Icon> icons_from(const json::value& owner) {
  std::vector<Icon> icons;
  const json::array* array = find_array(owner, "icons");
  if (!array) return icons;
  for (const json::value& icon : *array) {
    icons.push_back({string_or_empty(icon, "src"), string_or_empty(icon, "mimeType"), fields::strings(icon, "sizes"),
                     string_or_empty(icon, "theme")});
  }
  return icons;
}

Implementation implementation_from(const json::value& value) {
  return {string_or_empty(value, "name"),        string_or_empty(value, "version"),    string_or_empty(value, "title"),
          string_or_empty(value, "description"), string_or_empty(value, "websiteUrl"), icons_from(value)};
}

ClientCapabilities client_capabilities_from(const json::value& value) {
  ClientCapabilities capabilities;
  if (const json::value* sampling = find(value, "sampling"); sampling && sampling->is_object()) {
    capabilities.sampling = true;
    capabilities.sampling_tools = has(*sampling, "tools");
  }
  if (const json::value* elicitation = find(value, "elicitation"); elicitation && elicitation->is_object()) {
    capabilities.elicitation_url = has(*elicitation, "url");
    capabilities.elicitation_form = has(*elicitation, "form") || !capabilities.elicitation_url;
  }
  capabilities.roots = has(value, "roots");
  capabilities.roots_list_changed = list_changed_in(value, "roots");
  capabilities.extensions = fields::object_or_empty(value, "extensions");
  capabilities.tasks = has(capabilities.extensions, tasks_extension);
  return capabilities;
}

ServerCapabilities server_capabilities_from(const json::value& value) {
  ServerCapabilities capabilities;
  capabilities.tools = has(value, "tools");
  capabilities.tools_list_changed = list_changed_in(value, "tools");
  capabilities.prompts = has(value, "prompts");
  capabilities.prompts_list_changed = list_changed_in(value, "prompts");
  capabilities.resources = has(value, "resources");
  capabilities.resources_list_changed = list_changed_in(value, "resources");
  if (const json::value* resources = find(value, "resources")) {
    capabilities.resources_subscribe = find_bool(*resources, "subscribe").value_or(false);
  }
  capabilities.completions = has(value, "completions");
  capabilities.logging = has(value, "logging");
  capabilities.extensions = fields::object_or_empty(value, "extensions");
  capabilities.tasks = takes_task_calls(value) || has(capabilities.extensions, tasks_extension);
  return capabilities;
}

}  // namespace convoke::mcp
