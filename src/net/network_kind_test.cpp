#include "net/network_kind.hpp"

#include <gtest/gtest.h>

namespace convoke::net {
namespace {

TEST(NetworkKind, TellsTheInternetFromWhatIsNot) {
  EXPECT_EQ(network_kind_of("93.184.216.34"), NetworkKind::open);
  EXPECT_EQ(network_kind_of("2606:2800:220:1::1"), NetworkKind::open);
  EXPECT_EQ(network_kind_of("10.1.2.3"), NetworkKind::private_network);
  EXPECT_EQ(network_kind_of("172.31.255.255"), NetworkKind::private_network);
  EXPECT_EQ(network_kind_of("172.32.0.1"), NetworkKind::open);
  EXPECT_EQ(network_kind_of("100.64.0.1"), NetworkKind::private_network);
  EXPECT_EQ(network_kind_of("fd00::1"), NetworkKind::private_network);
  EXPECT_EQ(network_kind_of("169.254.169.254"), NetworkKind::link_local);
  EXPECT_EQ(network_kind_of("fe80::1%eth0"), NetworkKind::link_local);
  EXPECT_EQ(network_kind_of("127.0.0.2"), NetworkKind::loopback);
  EXPECT_EQ(network_kind_of("0.0.0.0"), NetworkKind::loopback);
  EXPECT_EQ(network_kind_of("::1"), NetworkKind::loopback);
}

TEST(NetworkKind, SeesThroughAddressesWithinAddresses) {
  EXPECT_EQ(network_kind_of("::ffff:10.0.0.1"), NetworkKind::private_network);
  EXPECT_EQ(network_kind_of("64:ff9b::a9fe:a9fe"), NetworkKind::link_local);
  EXPECT_EQ(network_kind_of("2002:7f00:1::"), NetworkKind::loopback);
}

TEST(NetworkKind, TrustsNoTextThatIsNoAddress) { EXPECT_EQ(network_kind_of("internal"), NetworkKind::loopback); }

TEST(Reach, LetsAPeerNameOnlyWhereItIsItself) {
  EXPECT_EQ(reach_of_peer("93.184.216.34"), (Reach{false, false, false}));
  EXPECT_EQ(reach_of_peer(""), (Reach{false, false, false}));
  EXPECT_EQ(reach_of_peer("192.168.1.4"), (Reach{true, false, false}));
  EXPECT_EQ(reach_of_peer("127.0.0.1"), (Reach{true, false, true}));
}

}  // namespace
}  // namespace convoke::net
