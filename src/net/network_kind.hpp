#pragma once
#include <string>
#include <string_view>

namespace convoke::net {

/// Where an IP address is.
enum class NetworkKind {
  open,             ///< the Internet
  private_network,  ///< RFC 1918, unique local, shared, and what else is routed to nobody outside
  link_local,       ///< this link only; clouds answer there with their instances' secrets
  loopback,         ///< this machine
};

/// Of an address in text, as `1.2.3.4` or `::1`. IPv4 within IPv6 (mapped, NAT64, 6to4) counts as itself; what is no
/// address counts as loopback, the least open.
NetworkKind network_kind_of(std::string_view address);

/// Which kinds of network a request may go to; the Internet always.
struct Reach {
  bool private_networks = true;
  bool link_local = true;
  bool loopback = true;

  bool includes(NetworkKind kind) const;
  bool operator==(const Reach&) const = default;
};

/// Where URLs may lead that a peer at `address` names: to the Internet, and to where the peer is itself; from this
/// machine also into private networks. An empty address is a peer on the Internet.
Reach reach_of_peer(const std::string& address);

}  // namespace convoke::net
