#pragma once
#include <string>
#include <string_view>

namespace convoke {

/// Where a server's WebSocket is, from what a person calls the server: `http://localhost:8000`, `localhost:8000`, or
/// the whole of it. An address without a path gets `endpoint`. Pure.
std::string websocket_address(std::string_view given, std::string_view endpoint);

/// The same for a server that listens on `host`, from the machine it runs on.
std::string websocket_address(std::string_view host, int port, std::string_view endpoint);

}  // namespace convoke
