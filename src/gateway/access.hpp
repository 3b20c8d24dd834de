#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "net/http_server.hpp"

namespace convoke {

/// Who may come in.
struct AccessRules {
  /// We listen on loopback only: then a Host header must name it too, or a foreign page has pointed its own name at us
  /// (DNS rebinding).
  bool loopback_only = true;
  /// Web pages of these origins may connect, besides our own: "https://chat.example.com", or "*" for all.
  std::vector<std::string> allow_origins{};
  /// Any of these, sent as `Authorization: Bearer …` or as the query parameter `access_token` (browsers cannot set
  /// headers of a WebSocket). Empty: no token is asked for.
  std::vector<Secret> tokens{};
};

/// The decoded parameter of a query, or nothing.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

/// Who asks, by the place of their token in `tokens`: "token 1" for the first. "" where no token is asked for.
std::string user_of(const AccessRules& rules, const net::ServerRequest& request);

/// Why a request is turned away, or nothing. `needs_token` is false for what anybody may see.
std::optional<net::ServerResponse> refusal(const AccessRules& rules, const net::ServerRequest& request,
                                           bool needs_token);

}  // namespace convoke
