#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "base/task.hpp"

namespace convoke::net {

/// A TCP client for tests that sends exactly the bytes it is told to, however wrong, to a port of 127.0.0.1.
class RawClient {
 public:
  explicit RawClient(Executor executor) : socket_(executor) {}

  Task<> connect(std::uint16_t port);
  Task<> send(std::string bytes);

  /// Reads until `end` has come, and returns everything up to and with it; less if the server closed first.
  Task<std::string> read_until(std::string end);
  /// Exactly `size` bytes, or less if the server closed first.
  Task<std::string> read_exactly(std::size_t size);
  /// Everything until the server closes.
  Task<std::string> read_to_end();

  /// Upgrades to a WebSocket at `path`; returns the head of the answer.
  Task<std::string> upgrade(std::string path);

  /// Closes abruptly.
  void leave();

 private:
  Task<bool> receive();

  asio::ip::tcp::socket socket_;
  std::string unread_;
};

/// One masked WebSocket frame as a client sends it (RFC 6455, section 5.2), FIN set; at most 65,535 bytes.
std::string client_frame(int opcode, std::string_view payload);

}  // namespace convoke::net
