#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "net/http_client.hpp"
#include "net/websocket.hpp"

namespace convoke::net {

struct WebSocketClientOptions {
  std::chrono::milliseconds connect_timeout{10'000};  ///< name resolution, TCP, TLS and the upgrade
  std::chrono::milliseconds write_timeout{30'000};
  /// A server silent for this long, in spite of a ping after half of it, is gone.
  std::chrono::milliseconds idle_timeout{40'000};
  std::size_t max_message_bytes = 16 * 1024 * 1024;
  std::string ca_file{};  ///< additional certificate authorities, PEM; empty: the system's
};

/// Opens a WebSocket to a ws or wss URL, on the calling loop. `headers` are added to the upgrade. `invalid_input` for
/// another URL; `denied` when the server's certificate is not trusted or it answers 401 or 403; `unavailable` when it
/// cannot be reached or refuses the upgrade otherwise; `timed_out`. An error holds no header value and no query.
Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(std::string url, Headers headers,
                                                           WebSocketClientOptions options);

}  // namespace convoke::net
