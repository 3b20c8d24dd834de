#include "net/network_kind.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace convoke::net {

namespace {

struct Block {
  std::uint32_t network;
  int bits;
  NetworkKind kind;
};

constexpr std::uint32_t ip(unsigned a, unsigned b, unsigned c = 0, unsigned d = 0) {
  return (a << 24U) | (b << 16U) | (c << 8U) | d;
}

/// The special-purpose blocks of IPv4 (IANA registry) that lead to nobody on the Internet.
constexpr std::array<Block, 13> special_blocks{{{ip(0, 0), 8, NetworkKind::loopback},
                                                {ip(127, 0), 8, NetworkKind::loopback},
                                                {ip(169, 254), 16, NetworkKind::link_local},
                                                {ip(10, 0), 8, NetworkKind::private_network},
                                                {ip(100, 64), 10, NetworkKind::private_network},
                                                {ip(172, 16), 12, NetworkKind::private_network},
                                                {ip(192, 0, 0), 24, NetworkKind::private_network},
                                                {ip(192, 0, 2), 24, NetworkKind::private_network},
                                                {ip(192, 168), 16, NetworkKind::private_network},
                                                {ip(198, 18), 15, NetworkKind::private_network},
                                                {ip(198, 51, 100), 24, NetworkKind::private_network},
                                                {ip(203, 0, 113), 24, NetworkKind::private_network},
                                                {ip(224, 0), 3, NetworkKind::private_network}}};

NetworkKind kind_of(std::uint32_t v4) {
  for (const Block& block : special_blocks) {
    const std::uint32_t mask = ~std::uint32_t{0} << static_cast<unsigned>(32 - block.bits);
    if ((v4 & mask) == block.network) return block.kind;
  }
  return NetworkKind::open;
}

std::uint32_t v4_at(std::span<const std::uint8_t, 16> v6, std::size_t at) {
  return ip(v6[at], v6[at + 1], v6[at + 2], v6[at + 3]);
}

bool starts_with(std::span<const std::uint8_t, 16> v6, std::initializer_list<std::uint8_t> prefix) {
  std::size_t i = 0;
  for (const std::uint8_t byte : prefix) {
    if (v6[i++] != byte) return false;
  }
  return true;
}

NetworkKind kind_of(std::span<const std::uint8_t, 16> v6) {
  if (starts_with(v6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return kind_of(v4_at(v6, 12));
  if (starts_with(v6, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return kind_of(v4_at(v6, 12));
  if (starts_with(v6, {0x20, 0x02})) return kind_of(v4_at(v6, 2));
  if (v6[0] == 0) return NetworkKind::loopback;  // ::, ::1, and forms nobody uses any more
  if (v6[0] == 0xFE && (v6[1] & 0xC0U) == 0x80) return NetworkKind::link_local;
  const bool is_global_unicast = (v6[0] & 0xE0U) == 0x20;
  return is_global_unicast ? NetworkKind::open : NetworkKind::private_network;
}

}  // namespace

NetworkKind network_kind_of(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without a zone
  std::array<std::uint8_t, 16> v6{};
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return kind_of(ntohl(v4.s_addr));
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return kind_of(v6);
  return NetworkKind::loopback;
}

bool Reach::includes(NetworkKind kind) const {
  switch (kind) {
    case NetworkKind::open: return true;
    case NetworkKind::private_network: return private_networks;
    case NetworkKind::link_local: return link_local;
    case NetworkKind::loopback: return loopback;
  }
  std::unreachable();
}

Reach reach_of_peer(const std::string& address) {
  const NetworkKind kind = address.empty() ? NetworkKind::open : network_kind_of(address);
  return {.private_networks = kind == NetworkKind::private_network || kind == NetworkKind::loopback,
          .link_local = kind == NetworkKind::link_local,
          .loopback = kind == NetworkKind::loopback};
}

}  // namespace convoke::net
