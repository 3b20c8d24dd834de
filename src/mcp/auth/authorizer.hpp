#pragma once
#include <string>

#include "base/task.hpp"
#include "mcp/jsonrpc.hpp"

namespace convoke::mcp {

/// A server's refusal for want of (better) credentials.
struct Refusal {
  int status = 401;  ///< 401 or 403
  jsonrpc::Headers headers{};
  std::string server_address{};  ///< the IP address that refused; empty: not known, and taken to be on the Internet
};

/// Gets a client the right to use one server over HTTP. Used from one loop only.
class Authorizer {
 public:
  virtual ~Authorizer() = default;

  /// What to send along with the next request to the server; nothing while it has not asked for any.
  virtual Task<Result<jsonrpc::Headers>> credentials(std::string http_method) = 0;

  /// The server refused a request made with `used` (what `credentials` gave then). Success means: try again. `denied`
  /// when no more can be done.
  virtual Task<Result<void>> answer_refusal(Refusal refusal, jsonrpc::Headers used) = 0;
};

}  // namespace convoke::mcp
