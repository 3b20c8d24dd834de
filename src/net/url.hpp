#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace convoke::net {

/// An absolute http, https, ws or wss URL (RFC 3986), in the parts a client needs. The fragment is dropped.
struct Url {
  std::string scheme;      ///< "http", "https", "ws" or "wss"
  std::string host;        ///< lower case; an IPv6 address without brackets
  std::uint16_t port = 0;  ///< the scheme's own where the URL names none
  std::string path;        ///< as it was written, still encoded; at least "/"
  std::string query;       ///< as it was written, without the question mark

  /// Over TLS: https or wss.
  bool is_secure() const;
  /// "localhost", a name below it, 127.0.0.0/8 or ::1: traffic that does not leave this machine.
  bool is_loopback_host() const;
  /// "example.org:443", "[::1]:80": the peer, for messages and for connecting.
  std::string authority() const;
  /// Path and query: what stands in the request line.
  std::string target() const;

  bool operator==(const Url&) const = default;
};

/// `invalid_input` for anything else, including a URL that carries a user name or password: those belong in a header.
/// The message never repeats the URL, whose query may hold a secret.
Result<Url> parse_url(std::string_view text);

}  // namespace convoke::net
