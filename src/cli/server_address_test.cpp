#include "cli/server_address.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(WebsocketAddress, ComesFromWhateverAPersonCallsTheServer) {
  EXPECT_EQ(websocket_address("http://localhost:18000", "/ws/chat"), "ws://localhost:18000/ws/chat");
  EXPECT_EQ(websocket_address("https://chat.example.org/", "/ws/chat"), "wss://chat.example.org/ws/chat");
  EXPECT_EQ(websocket_address("localhost:18000", "/talk"), "ws://localhost:18000/talk");
  EXPECT_EQ(websocket_address("wss://a.example/mine", "/ws/chat"), "wss://a.example/mine");
  EXPECT_EQ(websocket_address("ftp://a.example", "/ws/chat"), "ftp://a.example/ws/chat") << "to be refused as such";
}

TEST(WebsocketAddress, IsWhereAServerListens) {
  EXPECT_EQ(websocket_address("localhost", 8000, "/ws/chat"), "ws://localhost:8000/ws/chat");
  EXPECT_EQ(websocket_address("0.0.0.0", 80, "/talk"), "ws://127.0.0.1:80/talk");
  EXPECT_EQ(websocket_address("::", 80, "/talk"), "ws://[::1]:80/talk");
  EXPECT_EQ(websocket_address("192.0.2.1", 80, "/talk"), "ws://192.0.2.1:80/talk");
}

}  // namespace
}  // namespace convoke
