#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "mcp/server/task_desk.hpp"

namespace convoke::mcp {

/// The server's side of one legacy session: what `initialize` agreed on, and what the client asked to be told. Internal
/// to server/.
class LegacySession {
 public:
  /// `number` tells this session's tasks from those of others at the same desk; not 0.
  LegacySession(Server& server, TaskDesk& tasks, std::uint64_t number)
      : server_(server), methods_(server), tasks_(tasks), number_(number) {}

  bool initialized() const { return revision_.has_value(); }
  Revision revision() const { return revision_.value_or(Revision::v2025_03_26); }

  Task<jsonrpc::Response> answer(jsonrpc::Request request, Peer& peer);

  /// The notification that tells this client of a change, if it wants to know.
  std::optional<jsonrpc::Notification> notification_of(Change change, const std::string& which) const;

 private:
  Answer initialize(const json::object& params);
  Answer set_level(const json::object& params);
  Answer subscribe(const json::object& params, bool wanted);
  Answer create_task(Caller caller, json::object params, Peer& peer);
  /// Why a call must (not) be a task, if that is so.
  std::optional<jsonrpc::ErrorObject> task_problem(const Tool* tool, bool as_task) const;
  ServerCapabilities capabilities() const;
  Task<Answer> dispatch(std::string method, json::object params, Peer& peer);

  Server& server_;
  Methods methods_;
  TaskDesk& tasks_;
  std::uint64_t number_;
  std::optional<Revision> revision_;
  ClientCapabilities client_{};
  LoggingLevel log_level_ = LoggingLevel::info;
  std::map<std::string, std::unique_ptr<ResourceInterests::Interest>> subscribed_;
};

}  // namespace convoke::mcp
