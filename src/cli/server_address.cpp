#include "cli/server_address.hpp"

#include <fmt/format.h>

namespace convoke {

std::string websocket_address(std::string_view given, std::string_view endpoint) {
  std::string address(given);
  if (address.starts_with("http://") || address.starts_with("https://")) {
    address.replace(0, 4, "ws");
  } else if (!address.contains("://")) {
    address.insert(0, "ws://");
  }
  const auto path = address.find('/', address.find("://") + 3);
  const bool has_path = path != std::string::npos && path + 1 < address.size();
  return has_path ? address : address.substr(0, path).append(endpoint);
}

std::string websocket_address(std::string_view host, int port, std::string_view endpoint) {
  // Who listens at every address listens at this one.
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.contains(':')) return fmt::format("ws://[{}]:{}{}", host, port, endpoint);
  return fmt::format("ws://{}:{}{}", host, port, endpoint);
}

}  // namespace convoke
