#pragma once
#include <cstdint>
#include <string>

#include "base/task.hpp"

namespace convoke::net {

struct CloseReason {
  std::uint16_t code = 1000;  ///< RFC 6455, section 7.4
  std::string text{};         ///< at most 123 bytes; the rest is cut
};

/// An open WebSocket, of a server or a client. One task may read while another writes. Pings are answered, and sent,
/// only while somebody reads.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// The next whole text message. `unavailable` when the peer has closed or left; `protocol` when it broke the rules
  /// (a binary message closes the socket with 1003) or sent more than `max_message_bytes` (closed with 1009).
  virtual Task<Result<std::string>> read() = 0;
  /// `unavailable` once the peer has left, or when it does not read what it is sent within the write deadline.
  virtual Task<Result<void>> write(std::string text) = 0;
  /// Sends the close frame and waits briefly for the peer's.
  virtual Task<> close(CloseReason reason) = 0;
  /// Gives it up at once, without a goodbye: what is being read or written ends with `unavailable`.
  virtual void drop() = 0;
};

}  // namespace convoke::net
