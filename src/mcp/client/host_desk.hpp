#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/log.hpp"
#include "base/signal.hpp"
#include "mcp/client/client_options.hpp"
#include "mcp/codec/client_codec.hpp"
#include "mcp/transport/transport.hpp"

namespace convoke::mcp {

/// Where a server's wishes are answered: as requests of their own (legacy), or as the input a result asks for (modern).
/// Both end in the same host callbacks. Internal to client/.
class HostDesk {
 public:
  HostDesk(Executor executor, Transport& transport, const ClientOptions& options, Log log);

  using Host = std::shared_ptr<const HostCallbacks>;  ///< none: that of the client's options

  /// Answers one legacy request with a response of its own.
  Task<> answer_and_send(jsonrpc::Request request, Host host);
  /// The server wants no answer to its request any more.
  void forget(const jsonrpc::Id& id);

  /// Answers everything a modern result asks for, side by side; the answers by key. Fails when the host has no answer:
  /// the call that needs it then fails too.
  Task<Result<json::object>> answers(InputRequired asked, Host host);

  /// Shows the pages of a URLElicitationRequiredError (2025-11-25), one after the other. `denied` when one of them is
  /// not wanted.
  Task<Result<void>> show_pages(json::value data, Host host);

 private:
  Task<jsonrpc::Response> answer(jsonrpc::Request request, Host host);
  Task<Result<json::object>> ask_host(std::string key, InputRequest asked, Host host);
  Task<> ask_host_into(Result<json::object>& answer, std::string key, InputRequest asked, Host host);

  Executor executor_;
  Transport& transport_;
  const ClientOptions& options_;
  Log log_;
  std::map<jsonrpc::Id, Signal> at_work_;
};

}  // namespace convoke::mcp
