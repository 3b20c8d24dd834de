#include "gateway/mcp_gateway.hpp"

#include "gateway/far_stream.hpp"
#include "mcp/server/pipe_server.hpp"

namespace convoke {
namespace {

/// A client that comes while the servers are starting waits this long for the first full list.
constexpr auto patience_at_start = 25s;

mcp::ServerOptions server_options() {
  mcp::ServerOptions options{.declares_all = true, .check_schemas = false};
  options.instructions =
      "Several servers behind one address. Tools and prompts that two of them name alike are called server__name, "
      "resources convoke://server/URI.";
  return options;
}

mcp::HttpEndpointOptions endpoint_options(const McpGatewaySettings& settings) {
  return {.checks_host = false, .max_sessions = settings.max_sessions, .max_requests = settings.max_requests};
}

std::string name_here(const Catalogue& catalogue, const std::string& server, const std::string& uri) {
  const bool reads_there = resource_route(catalogue, uri) == Route{server, uri};
  return reads_there ? uri : qualified_uri(server, uri);
}

}  // namespace

void name_resources(const Catalogue& catalogue, const std::string& server, mcp::ResourceContents& contents) {
  contents.uri = name_here(catalogue, server, contents.uri);
}

void name_resources(const Catalogue& catalogue, const std::string& server, std::vector<mcp::ContentBlock>& content) {
  for (mcp::ContentBlock& block : content) {
    if (auto* link = std::get_if<mcp::ResourceLink>(&block)) link->uri = name_here(catalogue, server, link->uri);
    if (auto* embedded = std::get_if<mcp::EmbeddedResource>(&block)) {
      name_resources(catalogue, server, embedded->resource);
    }
  }
}

McpGateway::McpGateway(Executor executor, Hub& hub, McpGatewaySettings settings, Log log)
    : executor_(executor),
      hub_(hub),
      settings_(std::move(settings)),
      log_(std::move(log)),
      server_({"convoke", CONVOKE_VERSION}, server_options()),
      endpoint_(executor, server_, endpoint_options(settings_), log_),
      relays_(executor, log_),
      calls_(executor, relays_),
      prompts_(executor, relays_),
      readings_(executor, relays_),
      catalogue_(std::make_shared<Catalogue>()) {
  server_.set_unlisted_resources(reader());
  server_.set_subscriptions([this](const std::string& uri, bool wanted) { subscribe(uri, wanted); });
  server_.set_completions([this](mcp::CompletionRequest wanted) { return hub_.complete(std::move(wanted)); });
}

// Sessions that go with the endpoint have subscriptions.
McpGateway::~McpGateway() { server_.set_subscriptions({}); }

Task<> McpGateway::run() {
  running_ = true;
  hub_.on_resource_updated([this](const std::string& server, const std::string& uri) { tell_updated(server, uri); });
  struct Stopped {
    McpGateway& gateway;
    ~Stopped() { gateway.running_ = false, gateway.hub_.on_resource_updated({}); }
  } const stopped{*this};
  // The clients leave first: their requests are what the relays work for.
  co_await relays_.run(endpoint_.run(follow_hub()));
}

Task<> McpGateway::follow_hub() {
  for (;;) {
    offer(hub_.catalogue());
    co_await hub_.changed();
  }
}

void McpGateway::offer(std::shared_ptr<const Catalogue> catalogue) {
  const auto before = std::exchange(catalogue_, std::move(catalogue));
  if (before->definitions != catalogue_->definitions) offer_tools();
  if (before->prompts != catalogue_->prompts) offer_prompts();
  if (before->resources == catalogue_->resources && before->templates == catalogue_->templates) return;
  offer_resources();
  for (const std::string& uri : watched_) relays_.spawn("mcp.subscription", hub_.watch_resource(uri, true));
}

void McpGateway::subscribe(const std::string& uri, bool wanted) {
  wanted ? void(watched_.insert(uri)) : void(watched_.erase(uri));
  if (running_) relays_.spawn("mcp.subscription", hub_.watch_resource(uri, wanted));
}

void McpGateway::tell_updated(const std::string& server, const std::string& uri) {
  const auto watched = watched_;
  for (const std::string& ours : watched) {
    if (resource_route(*catalogue_, ours) == Route{server, uri}) server_.changed(mcp::Change::resource, ours);
  }
}

void McpGateway::use(ApprovalSettings approvals) {
  settings_.approvals = std::move(approvals);
  offer_tools();
}

void McpGateway::offer_tools() {
  std::vector<std::pair<mcp::Tool, mcp::ToolHandler>> tools;
  for (std::size_t i = 0; i < catalogue_->tools.size(); ++i) {
    if (permission_for(settings_.approvals, catalogue_->tools[i]) == Permission::deny) continue;
    mcp::Tool tool = catalogue_->definitions[i].item;
    // A client that knows no tasks may call it, too: we wait for the task.
    if (tool.task_support == mcp::TaskSupport::required) tool.task_support = mcp::TaskSupport::optional;
    tools.emplace_back(tool, [this, name = tool.name](mcp::RequestContext& context, json::object arguments) {
      return call_tool(context, name, std::move(arguments));
    });
  }
  server_.replace_tools(std::move(tools));
}

void McpGateway::offer_prompts() {
  std::vector<std::pair<mcp::Prompt, mcp::PromptHandler>> prompts;
  for (const auto& [server, prompt] : catalogue_->prompts) {
    prompts.emplace_back(prompt, [this, name = prompt.name](mcp::RequestContext& context, mcp::PromptArguments given) {
      return get_prompt(context, name, std::move(given));
    });
  }
  server_.replace_prompts(std::move(prompts));
}

void McpGateway::offer_resources() {
  std::vector<std::pair<mcp::Resource, mcp::ResourceHandler>> resources;
  for (const auto& [server, resource] : catalogue_->resources) resources.emplace_back(resource, reader());
  server_.replace_resources(std::move(resources));
  std::vector<std::pair<mcp::ResourceTemplate, mcp::ResourceHandler>> templates;
  for (const auto& [server, item] : catalogue_->templates) templates.emplace_back(item, reader());
  server_.replace_resource_templates(std::move(templates));
}

mcp::ResourceHandler McpGateway::reader() {
  return [this](mcp::RequestContext& context, std::string uri, mcp::UriVariables) {
    return read_resource(context, std::move(uri));
  };
}

Task<Result<mcp::CallToolResult>> McpGateway::call_tool(mcp::RequestContext& context, std::string name,
                                                        json::object arguments) {
  const auto catalogue = catalogue_;
  auto request = [this, name, arguments = std::move(arguments)](mcp::CallOptions options) {
    return hub_.call_tool(name, arguments, std::move(options));
  };
  CO_TRY(auto result, co_await calls_.make(context, std::move(request)));
  result.meta.erase(mcp::meta_key::server_info);  // we are the server now
  const auto route = catalogue->routes.find(name);
  if (route != catalogue->routes.end()) name_resources(*catalogue, route->second.server, result.content);
  co_return result;
}

Task<Result<mcp::GetPromptResult>> McpGateway::get_prompt(mcp::RequestContext& context, std::string name,
                                                          mcp::PromptArguments arguments) {
  const auto catalogue = catalogue_;
  auto request = [this, name, arguments = std::move(arguments)](mcp::CallOptions options) {
    return hub_.get_prompt(name, arguments, std::move(options));
  };
  CO_TRY(auto result, co_await prompts_.make(context, std::move(request)));
  const auto route = catalogue->prompt_routes.find(name);
  if (route == catalogue->prompt_routes.end()) co_return result;
  for (mcp::PromptMessage& message : result.messages) {
    std::vector<mcp::ContentBlock> blocks{std::move(message.content)};
    name_resources(*catalogue, route->second.server, blocks);
    message.content = std::move(blocks.front());
  }
  co_return result;
}

Task<Result<mcp::ReadResourceResult>> McpGateway::read_resource(mcp::RequestContext& context, std::string uri) {
  const auto catalogue = catalogue_;
  auto request = [this, uri](mcp::CallOptions options) { return hub_.read_resource(uri, std::move(options)); };
  CO_TRY(auto result, co_await readings_.make(context, std::move(request)));
  const auto route = resource_route(*catalogue, uri);
  if (!route) co_return result;
  for (mcp::ResourceContents& contents : result.contents) {
    if (contents.uri == route->name) {
      contents.uri = uri;  // as it was asked for
    } else {
      name_resources(*catalogue, route->server, contents);
    }
  }
  co_return result;
}

/// Waits, once, until every server has started or has failed to.
Task<> McpGateway::servers_started() {
  const Deadline deadline = SteadyClock::now() + patience_at_start;
  const auto is_starting = [](const ServerStatus& server) { return server.state == ServerState::starting; };
  while (!has_waited_ && SteadyClock::now() < deadline) {
    has_waited_ = std::ranges::none_of(hub_.servers(), is_starting);
    if (!has_waited_) co_await hub_.changed(deadline);
  }
  has_waited_ = true;
  co_await yield_to_loop();  // what the last one offers is offered here
}

Task<net::ServerResponse> McpGateway::handle(net::ServerRequest request) {
  std::function<Task<net::ServerResponse>()> at_owner = [this,
                                                         request = std::move(request)]() -> Task<net::ServerResponse> {
    if (!running_) co_return net::text_response(503, "The server is about to stop.\n");
    if (!has_waited_) co_await servers_started();
    auto response = co_await endpoint_.handle(request);
    co_return streamed_from(executor_, std::move(response));
  };
  co_return co_await run_on<net::ServerResponse>(executor_, std::move(at_owner));
}

Task<> McpGateway::serve(mcp::Pipe& pipe) {
  co_await servers_started();
  co_await mcp::serve_pipe(server_, pipe, log_);
}

}  // namespace convoke
