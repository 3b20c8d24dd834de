#pragma once
#include <memory>
#include <set>
#include <string>

#include "base/task_scope.hpp"
#include "gateway/relayed_request.hpp"
#include "hub/approvals.hpp"
#include "hub/hub.hpp"
#include "mcp/server/http_endpoint.hpp"
#include "mcp/transport/pipe.hpp"

namespace convoke {

struct McpGatewaySettings {
  ApprovalSettings approvals{.otherwise = ApprovalChoice::allow};  ///< tools it denies are not offered
  std::size_t max_sessions = 10'000;  ///< of legacy HTTP clients, see mcp::HttpEndpointOptions
  std::size_t max_requests = 1'000;   ///< of HTTP clients at once
};

/// All servers of the hub as one MCP server, in both eras, under the names of the hub's catalogue. What a server asks
/// while it works on a client's request is put to that client, where it can be asked.
class McpGateway {
 public:
  /// `executor` is the loop of the hub's connections. `hub` must outlive the gateway.
  McpGateway(Executor executor, Hub& hub, McpGatewaySettings settings, Log log);
  ~McpGateway();
  McpGateway(const McpGateway&) = delete;
  McpGateway& operator=(const McpGateway&) = delete;

  /// Offers what the hub offers, until cancelled. Clients are served only meanwhile. On the gateway's loop.
  Task<> run();

  /// Offers by these from now on. On the gateway's loop.
  void use(ApprovalSettings approvals);

  /// Answers an HTTP request; who may come in was decided before. From any loop.
  Task<net::ServerResponse> handle(net::ServerRequest request);

  /// Serves one client over `pipe` until it leaves. On the gateway's loop.
  Task<> serve(mcp::Pipe& pipe);

  /// What clients are served; for those in the same process.
  mcp::Server& server() { return server_; }

 private:
  Task<> follow_hub();
  void offer(std::shared_ptr<const Catalogue> catalogue);
  void offer_tools();
  void offer_prompts();
  void offer_resources();
  Task<Result<mcp::CallToolResult>> call_tool(mcp::RequestContext& context, std::string name, json::object arguments);
  Task<Result<mcp::GetPromptResult>> get_prompt(mcp::RequestContext& context, std::string name,
                                                mcp::PromptArguments arguments);
  Task<Result<mcp::ReadResourceResult>> read_resource(mcp::RequestContext& context, std::string uri);
  mcp::ResourceHandler reader();
  void subscribe(const std::string& uri, bool wanted);
  void tell_updated(const std::string& server, const std::string& uri);
  Task<> servers_started();

  Executor executor_;
  Hub& hub_;
  McpGatewaySettings settings_;
  Log log_;
  mcp::Server server_;
  mcp::HttpEndpoint endpoint_;
  TaskScope relays_;
  RelayedRequests<mcp::CallToolResult> calls_;
  RelayedRequests<mcp::GetPromptResult> prompts_;
  RelayedRequests<mcp::ReadResourceResult> readings_;
  std::shared_ptr<const Catalogue> catalogue_;
  std::set<std::string> watched_;  ///< resources that clients subscribe to, under our names
  bool running_ = false;
  bool has_waited_ = false;  ///< for the servers to start
};

/// Gives the resources that `server` speaks of the names by which they can be read here. Pure.
void name_resources(const Catalogue& catalogue, const std::string& server, std::vector<mcp::ContentBlock>& content);
void name_resources(const Catalogue& catalogue, const std::string& server, mcp::ResourceContents& contents);

}  // namespace convoke
