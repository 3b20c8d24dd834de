#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "mcp/jsonrpc.hpp"
#include "mcp/protocol.hpp"

namespace convoke::mcp {

/// Where messages go that answer none of our requests: notifications, and legacy servers' requests. Must not block.
using OnMessage = std::function<void(jsonrpc::Message)>;

/// How a client reaches its server: it moves messages and knows nothing of their meaning, except for what HTTP repeats
/// in its headers. Used from one loop only.
class Transport {
 public:
  enum class Kind {
    pipe,  ///< one stream of messages each way; ends when the peer ends
    http,  ///< a request of its own for each message
  };

  virtual ~Transport() = default;
  virtual Kind kind() const = 0;

  /// Opens the connection, and carries messages until it is lost; returns the reason. Cancel it to take the connection
  /// down in an orderly way: it unwinds once nothing is left. May be called again for a fresh connection.
  /// `ready` is called once requests can be exchanged.
  virtual Task<Error> run(OnMessage on_message, std::function<void()> ready) = 0;

  /// Sends a request and awaits its response; what else arrives meanwhile goes to `on_message`. `unavailable` when the
  /// connection is lost, `timed_out` once `deadline` has passed. `headers` go into the request where there are any.
  /// Cancelling the caller forgets the response.
  virtual Task<Result<jsonrpc::Response>> exchange(jsonrpc::Request request, jsonrpc::Headers headers,
                                                   Deadline deadline) = 0;

  /// Sends what awaits no response. Returns when it is on its way: what ends the connection then does not lose it.
  virtual Task<Result<void>> send(jsonrpc::Message message) = 0;

  /// The peers have agreed on a revision: what is sent from now on speaks it.
  virtual void agreed(Revision revision) = 0;

  /// The handshake is over. Returns when the transport is ready for the first real request.
  virtual Task<> established() = 0;

  /// The server refused the handshake: changes to an older way of reaching it. False if there is none left; otherwise
  /// `run` may be called again.
  virtual bool try_older_way() { return false; }
  /// The older way was none either: the next `run` begins with the newest again.
  virtual void forget_older_way() {}
};

}  // namespace convoke::mcp
