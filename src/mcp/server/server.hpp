#pragma once
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "mcp/schema/lazy_schema.hpp"
#include "mcp/server/request_context.hpp"
#include "mcp/types/prompt.hpp"
#include "mcp/types/resource.hpp"
#include "mcp/types/tool.hpp"

namespace convoke::mcp {

/// Handlers. An error of a tool becomes a result with `is_error`, for the model to read; an error of the others becomes
/// a JSON-RPC error. `read` gets the URI, and for a template its variables.
using ToolHandler = std::function<Task<Result<CallToolResult>>(RequestContext&, json::object arguments)>;
using PromptHandler = std::function<Task<Result<GetPromptResult>>(RequestContext&, PromptArguments)>;
using UriVariables = std::map<std::string, std::string>;
using ResourceHandler =
    std::function<Task<Result<ReadResourceResult>>(RequestContext&, std::string uri, UriVariables variables)>;
using CompletionHandler = std::function<Task<Result<Completion>>(CompletionRequest)>;

struct ServerOptions {
  std::string instructions{};
  std::size_t page_size = 500;                           ///< of the lists
  std::chrono::milliseconds cache_for{0};                ///< how long modern clients may keep lists and resources
  std::chrono::milliseconds input_valid_for{3'600'000};  ///< how long a modern client may take to come back with input
  /// Tools, prompts and resources may come later: they are declared even while there are none.
  bool declares_all = false;
  bool takes_subscriptions = true;                      ///< `changed` is called when a resource is another now
  std::chrono::milliseconds task_ttl{3'600'000};        ///< from its start a task is kept this long at most
  std::chrono::milliseconds task_poll_interval{1'000};  ///< how often clients are asked to look after a task
  std::size_t max_tasks = 1'000;                        ///< of one endpoint or pipe
  bool share_cache = false;  ///< what is cached is the same for all clients; otherwise each keeps its own
  /// Hold arguments and structured results to the tools' schemas. Off for those who only pass on what other servers
  /// check.
  bool check_schemas = true;
};

/// Something a client wants to hear of.
enum class Change { tools, prompts, resources, resource, task };

/// Hears of changes until it is destroyed. Does not outlive the server.
class ChangeListener {
 public:
  /// `which`: the resource's URI, or the task's id; empty otherwise.
  using OnChange = std::function<void(Change change, const std::string& which)>;
  ChangeListener(std::list<OnChange*>& listeners, OnChange on_change);
  ~ChangeListener();
  ChangeListener(const ChangeListener&) = delete;
  ChangeListener& operator=(const ChangeListener&) = delete;

 private:
  std::list<OnChange*>& listeners_;
  OnChange on_change_;
};

/// Who subscribes to which resource. Told apart by URI only: how many clients want it does not matter to the server.
class ResourceInterests {
 public:
  using OnChange = std::function<void(const std::string& uri, bool wanted)>;
  /// One client's interest, until it is destroyed. Does not outlive the server.
  class Interest {
   public:
    Interest(ResourceInterests& all, std::string uri);
    ~Interest();
    Interest(const Interest&) = delete;
    Interest& operator=(const Interest&) = delete;

   private:
    ResourceInterests& all_;
    std::string uri_;
  };
  OnChange on_change{};

 private:
  std::map<std::string, int> counts_;
};

/// What a server offers: tools, prompts, resources, completions, as plain functions. Capabilities follow from what is
/// registered. It knows nothing of connections: `serve_pipe` and `HttpEndpoint` bring requests to it. Used from one
/// loop only; must outlive whoever serves it.
class Server {
 public:
  explicit Server(Implementation info, ServerOptions options = {});

  /// Names and URIs are unique: registering one again replaces it. Lists keep the order of registration.
  void add_tool(Tool tool, ToolHandler handler);
  void add_tool(Tool tool, std::function<CallToolResult(const json::object& arguments)> handler);
  void remove_tool(const std::string& name);
  void add_prompt(Prompt prompt, PromptHandler handler);
  void add_prompt(Prompt prompt, std::function<GetPromptResult(const PromptArguments&)> handler);
  void add_resource(Resource resource, ResourceHandler handler);
  void add_resource_template(ResourceTemplate resource_template, ResourceHandler handler);
  void set_completions(CompletionHandler handler);
  /// Reads what is neither listed nor fits a template; it answers `not_found` where there is nothing.
  void set_unlisted_resources(ResourceHandler handler) { unlisted_ = std::move(handler); }

  // Each replaces a whole list. Clients are told once, and only if the items are others now.
  void replace_tools(std::vector<std::pair<Tool, ToolHandler>> tools);
  void replace_prompts(std::vector<std::pair<Prompt, PromptHandler>> prompts);
  void replace_resources(std::vector<std::pair<Resource, ResourceHandler>> resources);
  void replace_resource_templates(std::vector<std::pair<ResourceTemplate, ResourceHandler>> templates);

  /// Called when a first client subscribes to a resource, and when the last one does not any more.
  void set_subscriptions(ResourceInterests::OnChange handler) { interests_.on_change = std::move(handler); }
  std::unique_ptr<ResourceInterests::Interest> interest_in(const std::string& uri);

  /// Tells clients that want to know. Registering and removing tell by themselves.
  void changed(Change change, const std::string& uri = {});
  std::unique_ptr<ChangeListener> listen(ChangeListener::OnChange on_change);

  const Implementation& info() const { return info_; }
  const ServerOptions& options() const { return options_; }
  ServerCapabilities capabilities() const;

 private:
  friend class Methods;
  template <class Item, class Handler>
  struct Entry {
    Item item;
    Handler handler;
  };
  /// A tool with its schemas, for checking.
  struct ToolEntry {
    Tool item;
    ToolHandler handler;
    schema::LazySchema input;
    std::optional<schema::LazySchema> output;
  };
  ToolEntry entry_of(Tool tool, ToolHandler handler) const;

  Implementation info_;
  ServerOptions options_;
  std::vector<ToolEntry> tools_;
  std::vector<Entry<Prompt, PromptHandler>> prompts_;
  std::vector<Entry<Resource, ResourceHandler>> resources_;
  std::vector<Entry<ResourceTemplate, ResourceHandler>> templates_;
  CompletionHandler complete_;
  ResourceHandler unlisted_;
  std::list<ChangeListener::OnChange*> listeners_;
  ResourceInterests interests_;
};

}  // namespace convoke::mcp
