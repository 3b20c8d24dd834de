#include "mcp/transport/authorized_http.hpp"

namespace convoke::mcp {

namespace {

constexpr int max_authorizations = 4;  ///< of one request

}  // namespace

Task<Result<net::HttpResponse>> AuthorizedHttp::send(net::HttpRequest request, net::HttpStreaming streaming) {
  request.timeouts.first_byte = request.timeouts.idle = 0ms;
  request.max_body_bytes = server_.max_message_bytes;
  request.headers.insert(request.headers.end(), server_.headers.begin(), server_.headers.end());
  for (int attempt = 0;; ++attempt) {
    net::HttpRequest attempted = request;
    jsonrpc::Headers credentials;
    if (server_.authorizer) {
      CO_TRY(credentials, co_await server_.authorizer->credentials(request.method));
    }
    attempted.headers.insert(attempted.headers.end(), credentials.begin(), credentials.end());
    CO_TRY(auto response, co_await client_.send(std::move(attempted), streaming));
    const int status = response.head.status;
    const bool refused = status == 401 || status == 403;
    if (!refused || !server_.authorizer || attempt == max_authorizations) co_return response;
    Refusal refusal{status, response.head.headers, response.head.peer_address};
    CO_CHECK(co_await server_.authorizer->answer_refusal(std::move(refusal), std::move(credentials)));
  }
}

}  // namespace convoke::mcp
