#pragma once
#include <expected>
#include <optional>
#include <string>

#include "mcp/server/input_seal.hpp"
#include "mcp/server/task_desk.hpp"

namespace convoke::mcp {

/// What a modern request says about itself.
struct ModernEnvelope {
  std::string version;
  Caller caller{};
};

/// Answers the requests of modern clients: each stands for itself. Internal to server/.
class ModernServer {
 public:
  ModernServer(Server& server, TaskDesk& tasks) : server_(server), methods_(server), tasks_(tasks) {}

  /// True if the message says it is modern.
  static bool speaks(const json::object& params);

  /// `invalid_params` when what every request must say is missing.
  static std::expected<ModernEnvelope, jsonrpc::ErrorObject> envelope(const json::object& params);
  /// The refusal of a version we do not speak, if it is one.
  static std::optional<jsonrpc::ErrorObject> version_problem(const std::string& version);

  bool knows(const std::string& method) const;
  const Methods& methods() const { return methods_; }

  /// Checks the envelope and answers; `subscriptions/listen` is not answered here, since its answer does not end.
  Task<jsonrpc::Response> answer(jsonrpc::Request request, Peer& peer);

  /// The subset of a `subscriptions/listen` filter that will be honoured.
  json::object accepted_filter(const json::object& params) const;
  /// Counts among those who subscribe to the resources of `filter`, for as long as it is held.
  std::vector<std::unique_ptr<ResourceInterests::Interest>> interests(const json::object& filter) const;
  /// The notification that tells of a change under `filter`, if that wants to know.
  std::optional<jsonrpc::Notification> notification_of(Change change, const std::string& which,
                                                       const json::object& filter,
                                                       const jsonrpc::Id& subscription) const;
  static jsonrpc::Notification acknowledgement(const json::object& filter, const jsonrpc::Id& subscription);

 private:
  json::object discover() const;
  json::object complete(const std::string& method, json::object result) const;
  Task<Answer> answer_known(std::string method, json::object params, Caller caller, Peer& peer);
  json::object input_required(const RequestContext& context, const std::string& method, const json::object& params);

  Answer about_task(const std::string& method, const json::object& params, const Caller& caller);
  /// Calls a tool that may answer with a task.
  Task<Answer> call_as_task(json::object params, Caller caller, Peer& peer);
  Answer ended(RequestContext& context, Answer answer, const std::string& method, const json::object& params);

  Server& server_;
  Methods methods_;
  TaskDesk& tasks_;
  InputSeal seal_;
};

}  // namespace convoke::mcp
