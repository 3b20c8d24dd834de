#include "mcp/transport/authorized_http.hpp"

#include "mcp/transport/http_answer.hpp"

namespace convoke::mcp {

namespace {

constexpr int max_authorizations = 4;  ///< of one request
constexpr int max_redirections = 3;

}  // namespace

Task<Result<net::HttpResponse>> AuthorizedHttp::send(net::HttpRequest request, net::HttpStreaming streaming) {
  request.timeouts.first_byte = request.timeouts.idle = 0ms;
  request.max_body_bytes = server_.max_message_bytes;
  request.headers.insert(request.headers.end(), server_.headers.begin(), server_.headers.end());
  const bool is_for_server = request.url == server_.url;
  if (is_for_server && !moved_to_.empty()) request.url = moved_to_;
  int redirections = 0;
  for (int attempt = 0;; ++attempt) {
    net::HttpRequest attempted = request;
    jsonrpc::Headers credentials;
    if (server_.authorizer) {
      CO_TRY(credentials, co_await server_.authorizer->credentials(request.method));
    }
    attempted.headers.insert(attempted.headers.end(), credentials.begin(), credentials.end());
    CO_TRY(auto response, co_await client_.send(std::move(attempted), streaming));
    if (const auto place = redirection(response.head); place && redirections < max_redirections) {
      CO_TRY(request.url, address_at_same_server(request.url, *place));
      if (is_for_server) moved_to_ = request.url;
      ++redirections;
      --attempt;
      continue;
    }
    const int status = response.head.status;
    const bool refused = status == 401 || status == 403;
    if (!refused || !server_.authorizer || attempt == max_authorizations) co_return response;
    Refusal refusal{status, response.head.headers, response.head.peer_address};
    CO_CHECK(co_await server_.authorizer->answer_refusal(std::move(refusal), std::move(credentials)));
  }
}

}  // namespace convoke::mcp
