#include "net/testing/raw_client.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/write.hpp>

namespace convoke::net {
namespace {

using asio::ip::tcp;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

std::string take(std::string& from, std::size_t size) {
  std::string taken = from.substr(0, size);
  from.erase(0, size);
  return taken;
}

}  // namespace

Task<> RawClient::connect(std::uint16_t port) {
  co_await socket_.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
}

Task<> RawClient::send(std::string bytes) { co_await asio::async_write(socket_, asio::buffer(bytes), as_values); }

Task<bool> RawClient::receive() {
  std::string bytes(16 * 1024, '\0');
  const auto [error, size] = co_await socket_.async_read_some(asio::buffer(bytes), as_values);
  unread_.append(bytes, 0, error ? 0 : size);
  co_return !error;
}

Task<std::string> RawClient::read_until(std::string end) {
  std::size_t found = unread_.find(end);
  bool is_open = true;
  while (is_open && found == std::string::npos) {
    is_open = co_await receive();
    found = unread_.find(end);
  }
  co_return take(unread_, found == std::string::npos ? unread_.size() : found + end.size());
}

Task<std::string> RawClient::read_exactly(std::size_t size) {
  bool is_open = true;
  while (is_open && unread_.size() < size) is_open = co_await receive();
  co_return take(unread_, size);
}

Task<std::string> RawClient::read_to_end() {
  bool is_open = true;
  while (is_open) is_open = co_await receive();
  co_return take(unread_, unread_.size());
}

Task<std::string> RawClient::upgrade(std::string path) {
  co_await send("GET " + path +
                " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  co_return co_await read_until("\r\n\r\n");
}

void RawClient::leave() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::string client_frame(int opcode, std::string_view payload) {
  constexpr std::string_view mask = "mask";
  const std::size_t size = payload.size();
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (size < 126) {
    frame += static_cast<char>(0x80 | size);
  } else {
    frame += {static_cast<char>(0x80 | 126), static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
  }
  frame += mask;
  for (std::size_t i = 0; i < size; ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  return frame;
}

}  // namespace convoke::net
