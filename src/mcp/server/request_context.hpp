#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/task.hpp"
#include "mcp/codec/client_codec.hpp"
#include "mcp/jsonrpc.hpp"
#include "mcp/protocol.hpp"
#include "mcp/types/host.hpp"
#include "mcp/types/implementation.hpp"
#include "mcp/types/trace.hpp"

namespace convoke::mcp {

/// How what a handler says on its way reaches the client that made the request.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual Task<> notify(jsonrpc::Notification notification) = 0;
  /// Sends a request to the client and awaits its answer. Legacy only. `unavailable` when the client has gone.
  virtual Task<Result<jsonrpc::Response>> ask(std::string method, json::object params) = 0;
  /// Ends the client's connection, if it can come back for the rest; nothing otherwise.
  virtual void leave_until(std::chrono::milliseconds) {}
};

class ToolTask;

/// What is known of the client that made one request.
struct Caller {
  Revision revision = newest_modern;
  ClientCapabilities capabilities{};
  std::optional<LoggingLevel> log_level{};      ///< absent: it wants no log
  std::optional<json::value> progress_token{};  ///< absent: it wants no progress
  TraceContext trace{};
  json::object input_responses{};  ///< modern: answers to what an earlier round asked
  json::object earlier_answers{};  ///< modern: answers of rounds before that, as the state carried them
};

/// A request at work, as its handler sees it. Lives as long as the handler runs.
///
/// Input from the client looks alike in both eras: `elicit`, `sample` and `roots` return the answer. A legacy client is
/// asked there and then. A modern one gets what was asked as the result of its request, and sends the request again
/// with the answers; the handler then runs anew from its start, and finds the answers under the same keys. So a handler
/// asks before it does anything it must not do twice, and returns the error that asking gave it. Asking several things
/// before looking at the first answer asks them in one round.
class RequestContext {
 public:
  /// `task`, if given, is what this request may turn into; it holds this context.
  RequestContext(Caller caller, Peer& peer, ToolTask* task = nullptr);

  const Caller& caller() const { return caller_; }
  Era era() const { return era_of(caller_.revision); }
  const ClientCapabilities& client() const { return caller_.capabilities; }
  /// To be passed on to whatever the handler calls.
  const TraceContext& trace() const { return caller_.trace; }

  /// Tells how far the work is; nothing unless the client asked for it. `progress` must grow from call to call.
  Task<> progress(double progress, std::optional<double> total = {}, std::string message = {});
  /// Tells the client's log, if it wants lines of this level.
  Task<> log(LoggingLevel level, json::value data, std::string logger = {});

  /// Frees the connection of a legacy HTTP client, which comes back for the answer after `later`. For long work; does
  /// nothing where the transport has no such way.
  void leave_until(std::chrono::milliseconds later) { peer_.leave_until(later); }

  /// Answers the request now with a task, where the tool's `task_support` and the client allow it (modern): the client
  /// asks for the outcome later, and the handler goes on even when the client has left. What the handler asks from here
  /// on is asked through the task, and the words of `progress` become the task's. Does nothing for others: a client
  /// without tasks waits, and in the legacy era the client has decided when it made the call.
  void become_task();

  /// The request fails with this JSON-RPC error, whatever the handler returns; for those who pass on what another
  /// server said.
  void refuse(jsonrpc::ErrorObject error) { refusal_ = std::move(error); }
  const std::optional<jsonrpc::ErrorObject>& refusal() const { return refusal_; }

  /// Keeps `value` for the handler's next run, if this one ends by asking for input (modern): it is carried, sealed, in
  /// the client's hands.
  void keep(std::string key, json::object value) { answered_[key] = std::move(value); }
  /// What an earlier run kept.
  const json::object* kept(std::string_view key) const { return find_object(caller_.earlier_answers, key); }

  Task<Result<ElicitResult>> elicit(std::string key, ElicitRequest request);
  Task<Result<SamplingResult>> sample(std::string key, SamplingRequest request);
  Task<Result<std::vector<Root>>> roots(std::string key);

  /// What the handler asked and found unanswered (modern).
  const std::map<std::string, InputRequest>& wanted() const { return wanted_; }
  /// What the client would have to declare for this request, if something was missing.
  const json::object& missing_capabilities() const { return missing_; }
  /// All answers known so far, to be carried to the next round.
  json::object answers() const;

 private:
  Task<Result<json::object>> input(std::string key, InputRequest request);
  std::unexpected<Error> undeclared(json::object capability);

  bool is_task() const;
  bool asks_by_result() const;

  Caller caller_;
  Peer& peer_;
  ToolTask* task_;
  std::map<std::string, InputRequest> wanted_;
  json::object answered_;
  json::object missing_;
  std::optional<jsonrpc::ErrorObject> refusal_;
};

}  // namespace convoke::mcp
