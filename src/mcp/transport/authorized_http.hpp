#pragma once
#include "mcp/transport/http_transport.hpp"
#include "net/http_client.hpp"

namespace convoke::mcp {

/// Sends requests to one server with its configured headers and, once it asks for them, with credentials: a refused
/// request is repeated when the authorizer got better ones. Where the server sends us to another address of its own
/// (many do, for want of a slash), we go there, and straight there from then on. Internal to transport/.
class AuthorizedHttp {
 public:
  AuthorizedHttp(net::HttpClient& client, HttpServerAddress server) : client_(client), server_(std::move(server)) {}

  const HttpServerAddress& server() const { return server_; }

  /// As net::HttpClient::send, without limits of time: the caller's deadline bounds the whole, an answer may rightly
  /// take long, and a stream may be silent.
  Task<Result<net::HttpResponse>> send(net::HttpRequest request, net::HttpStreaming streaming);

 private:
  net::HttpClient& client_;
  HttpServerAddress server_;
  std::string moved_to_;  ///< where requests for the server's URL go, if it has said so
};

}  // namespace convoke::mcp
