#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "net/network_kind.hpp"

namespace convoke::net {

/// Header fields in order. Names compare without regard to case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The value of the first field called `name`.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// How long each stage of a request may take; zero means no limit. Passing one ends the request with `timed_out`.
struct HttpTimeouts {
  std::chrono::milliseconds pool{30'000};        ///< a free place in the pool
  std::chrono::milliseconds connect{10'000};     ///< name resolution, TCP and TLS
  std::chrono::milliseconds write{60'000};       ///< between two pieces of the request's body
  std::chrono::milliseconds first_byte{60'000};  ///< from the sent request to the first byte of the answer's body
  std::chrono::milliseconds idle{60'000};        ///< between two pieces of the body
  std::chrono::milliseconds total{0};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Headers headers{};
  std::string body{};
  HttpTimeouts timeouts{};
  /// Where the request may go, whatever its URL's host turns out to be; elsewhere it ends with `denied`, unsent. For
  /// URLs that somebody else made up.
  Reach reach{};
  /// The answer's body is collected up to this size when nobody reads it piece by piece; above it the request fails
  /// with `protocol`.
  std::size_t max_body_bytes = 16 * 1024 * 1024;
};

/// Status and headers, known before the body.
struct HttpHead {
  int status = 0;
  Headers headers{};
  std::string peer_address{};  ///< the IP address that answered: the server's, or its proxy's
};

struct HttpResponse {
  HttpHead head;
  std::string body;  ///< empty when `on_body` took it
};

enum class BodyWanted {
  more,
  done,  ///< the caller has what it needs; the client drains the rest for a moment so the connection can be reused
};

/// Hooks for a streamed answer. They run on the calling loop, in order, and must not block.
struct HttpStreaming {
  /// Called once, before the body. Returning false collects the body in the response instead (for an error page).
  std::function<bool(const HttpHead&)> on_head;
  std::function<BodyWanted(std::string_view bytes)> on_body;
};

struct HttpClientOptions {
  int max_connections = 256;      ///< open at once; further requests wait for one
  int max_idle_connections = 64;  ///< kept open for reuse
  /// One that has been idle for longer is not used again; whole seconds, rounded up. 0: none is ever used again.
  std::chrono::milliseconds idle_expiry{90'000};
  std::string ca_file{};  ///< additional certificate authorities, PEM; empty: the system's
  std::string user_agent = "convoke";
};

/// HTTP/1.1 and HTTP/2 client with a connection pool of its own: one per loop and peer. HTTP/2 where TLS agrees on it,
/// with requests sharing a connection. Certificates are verified. Proxies come from the environment (`https_proxy`,
/// `HTTPS_PROXY`, `http_proxy`, `all_proxy`, `no_proxy`). Redirects are not followed. Used from its loop only.
class HttpClient {
 public:
  HttpClient(Executor executor, HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends one request and returns when the answer is complete, or when `on_body` said `done`. Any HTTP status is a
  /// response. `unavailable`: no connection, reset, or the answer was cut off. Cancelling the caller ends the transfer
  /// at once. `denied`: the server's certificate is not trusted. An error never contains a header value or the query
  /// part of the URL. Every send must have returned before the client is destroyed.
  Task<Result<HttpResponse>> send(HttpRequest request);
  Task<Result<HttpResponse>> send(HttpRequest request, HttpStreaming streaming);

  Executor executor() const;

 private:
  struct Multi;
  std::unique_ptr<Multi> multi_;
};

}  // namespace convoke::net
