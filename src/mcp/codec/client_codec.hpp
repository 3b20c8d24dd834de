#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "mcp/jsonrpc.hpp"
#include "mcp/protocol.hpp"
#include "mcp/types/implementation.hpp"
#include "mcp/types/task.hpp"
#include "mcp/types/trace.hpp"

namespace convoke::mcp {

/// What a call says besides its parameters.
struct CallEnvelope {
  std::optional<std::int64_t> progress_token{};
  std::optional<LoggingLevel> log_level{};  ///< modern
  TraceContext trace{};
  std::optional<ClientCapabilities> capabilities{};  ///< modern: in place of the client's own
};

/// A modern server's answer "ask again with this input".
struct InputRequired {
  std::map<std::string, InputRequest> requests{};
  std::optional<std::string> state{};  ///< to be handed back byte for byte
};

/// A complete result, a wish for input, or a task that will have the result.
using Outcome = std::variant<json::object, InputRequired, TaskReport>;

/// All a client knows of an era's envelope: what goes around the parameters and what comes around the result. Pure.
class ClientCodec {
 public:
  ClientCodec(Revision revision, Implementation info, ClientCapabilities capabilities);

  Revision revision() const { return revision_; }
  Era era() const { return era_of(revision_); }
  /// What is declared, as far as the revision knows it.
  const json::object& capabilities() const { return capabilities_; }

  /// `params` as the revision wants them on the wire.
  json::object encode(json::object params, const CallEnvelope& envelope) const;

  /// The parameters of a retry that answers `asked`.
  static json::object with_answers(json::object params, json::object answers, const InputRequired& asked);

  /// What a result means. `protocol` when the era does not know it.
  Result<Outcome> decode(json::object result) const;

 private:
  Revision revision_;
  bool takes_tasks_;
  json::object info_;
  json::object capabilities_;
};

/// A server's JSON-RPC error in terms of what the caller can do about it.
Error error_from(const jsonrpc::ErrorObject& error);

}  // namespace convoke::mcp
