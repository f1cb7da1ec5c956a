// The parser of what the kernel says, fed with what a broken kernel might say.
#include <gtest/gtest.h>
#include <linux/gen_stats.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "core/net/netlink_message.h"

namespace heartwire::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes address_message(std::uint16_t type, bool local, bool peer) {
  NetlinkBatch batch;
  ifaddrmsg fixed{};
  fixed.ifa_family = AF_INET;
  fixed.ifa_prefixlen = 24;
  fixed.ifa_index = 7;
  batch.begin(type, 0, 1, as_bytes(fixed));
  const std::array<std::uint8_t, 4> ours{10, 0, 0, 1}, theirs{10, 0, 0, 2};
  if (local) batch.attribute(IFA_LOCAL, ours);
  if (peer) batch.attribute(IFA_ADDRESS, theirs);
  return {batch.bytes().begin(), batch.bytes().end()};
}

Bytes link_message(std::uint8_t family, std::uint32_t flags) {
  NetlinkBatch batch;
  ifinfomsg fixed{};
  fixed.ifi_family = family;
  fixed.ifi_index = 7;
  fixed.ifi_flags = flags;
  batch.begin(RTM_NEWLINK, 0, 1, as_bytes(fixed));
  const std::string name = "a-name-that-is-longer-than-any-interface-has";
  batch.attribute(IFLA_IFNAME, std::span(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()));
  const std::array<std::uint8_t, 6> mac{1, 2, 3, 4, 5, 6};
  batch.attribute(IFLA_ADDRESS, mac);
  return {batch.bytes().begin(), batch.bytes().end()};
}

Bytes neighbour_message(std::uint8_t family, std::uint16_t state, std::size_t address_bytes) {
  NetlinkBatch batch;
  ndmsg fixed{};
  fixed.ndm_family = family;
  fixed.ndm_ifindex = 7;
  fixed.ndm_state = state;
  batch.begin(RTM_NEWNEIGH, 0, 1, as_bytes(fixed));
  const std::array<std::uint8_t, 16> address{10, 0, 0, 9};
  batch.attribute(NDA_DST, std::span(address).first(address_bytes));
  return {batch.bytes().begin(), batch.bytes().end()};
}

std::vector<NetlinkNews> read_all(const Bytes& bytes) {
  std::span<const std::uint8_t> data(bytes);
  std::vector<NetlinkNews> found;
  NetlinkNews news;
  while (next_netlink_message(data, news)) found.push_back(news);
  return found;
}

TEST(NetlinkMessage, ReadsWhichNeighboursHaveNotAnswered) {
  for (const std::uint16_t state : {NUD_INCOMPLETE, NUD_FAILED, NUD_REACHABLE, NUD_STALE, NUD_PERMANENT}) {
    const auto found = read_all(neighbour_message(AF_INET, state, 4));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, NetlinkNews::Kind::neighbour);
    EXPECT_EQ(found[0].interface_index, 7);
    EXPECT_EQ(found[0].address.family, AddressFamily::ipv4);
    EXPECT_EQ(found[0].address.bytes[3], 9);
    EXPECT_EQ(found[0].unresolved, state == NUD_INCOMPLETE || state == NUD_FAILED);
  }
  EXPECT_EQ(read_all(neighbour_message(AF_INET6, NUD_FAILED, 16))[0].address.family, AddressFamily::ipv6);
  EXPECT_EQ(read_all(neighbour_message(AF_INET6, NUD_FAILED, 4))[0].kind, NetlinkNews::Kind::other);
  EXPECT_EQ(read_all(neighbour_message(AF_BRIDGE, NUD_FAILED, 4))[0].kind, NetlinkNews::Kind::other);
}

TEST(NetlinkMessage, ReadsWhatItBuilds) {
  const auto found = read_all(address_message(RTM_NEWADDR, true, false));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, NetlinkNews::Kind::address_added);
  EXPECT_EQ(found[0].interface_index, 7);
  EXPECT_EQ(found[0].prefix_length, 24);
  EXPECT_EQ(found[0].address.bytes[3], 1);
}

TEST(NetlinkMessage, OurEndOfAPointToPointLinkIsTheLocalOne) {
  EXPECT_EQ(read_all(address_message(RTM_NEWADDR, true, true))[0].address.bytes[3], 1);
  EXPECT_EQ(read_all(address_message(RTM_NEWADDR, false, true))[0].address.bytes[3], 2);
}

TEST(NetlinkMessage, AnAddressMessageWithoutAddressIsNone) {
  EXPECT_EQ(read_all(address_message(RTM_DELADDR, false, false))[0].kind, NetlinkNews::Kind::other);
}

TEST(NetlinkMessage, ReadsLinksAndCutsLongNames) {
  const auto found = read_all(link_message(AF_UNSPEC, IFF_UP | 1u << 16 /* IFF_LOWER_UP */));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].carrier);
  EXPECT_TRUE(found[0].has_mac);
  EXPECT_EQ(found[0].interface_name(), "a-name-that-is-");
  EXPECT_FALSE(read_all(link_message(AF_UNSPEC, 1u << 16))[0].carrier);
}

TEST(NetlinkMessage, KnowsAnInterfaceWithoutAQueue) {
  tcmsg fixed{};
  fixed.tcm_parent = TC_H_ROOT;
  NetlinkBatch batch;
  batch.begin(RTM_NEWQDISC, 0, 1, as_bytes(fixed));
  batch.attribute(TCA_KIND, as_bytes("noqueue"));
  auto data = batch.bytes();
  NetlinkNews news;
  ASSERT_TRUE(next_netlink_message(data, news));
  EXPECT_TRUE(news.has_no_queue);
}

TEST(NetlinkMessage, WhatABridgeSaysOfItsPortsIsNotTaken) {
  EXPECT_EQ(read_all(link_message(AF_BRIDGE, IFF_UP))[0].kind, NetlinkNews::Kind::other);
}

TEST(NetlinkMessage, ReadsTheQueueOfAnInterfaceItself) {
  tcmsg fixed{};
  fixed.tcm_ifindex = 7;
  fixed.tcm_parent = TC_H_ROOT;
  const gnet_stats_basic sent{1000, 9};
  const gnet_stats_queue waiting{3, 300, 0, 0, 0};
  NetlinkBatch nested;  // attributes are the same everywhere: taken from a message of their own
  nested.begin(0, 0, 0, {});
  nested.attribute(TCA_STATS_BASIC, as_bytes(sent));
  nested.attribute(TCA_STATS_QUEUE, as_bytes(waiting));
  NetlinkBatch batch;
  batch.begin(RTM_NEWQDISC, 0, 1, as_bytes(fixed));
  batch.attribute(TCA_KIND, as_bytes("fq_codel"));
  batch.attribute(TCA_STATS2, nested.bytes().subspan(sizeof(nlmsghdr)));
  fixed.tcm_parent = 0x10001;  // of a class inside
  batch.begin(RTM_NEWQDISC, 0, 1, as_bytes(fixed));
  auto data = batch.bytes();
  NetlinkNews news;
  ASSERT_TRUE(next_netlink_message(data, news));
  EXPECT_EQ(news.kind, NetlinkNews::Kind::queue);
  EXPECT_EQ(news.interface_index, 7);
  EXPECT_EQ(news.packets_sent, 9u);
  EXPECT_EQ(news.bytes_sent, 1000u);
  EXPECT_EQ(news.packets_queued, 3u);
  EXPECT_EQ(news.bytes_queued, 300u);
  EXPECT_FALSE(news.has_no_queue);
  ASSERT_TRUE(next_netlink_message(data, news));
  EXPECT_EQ(news.kind, NetlinkNews::Kind::other);
}

TEST(NetlinkMessage, SeveralMessagesInOneDatagram) {
  Bytes both = address_message(RTM_NEWADDR, true, true);
  const Bytes second = link_message(AF_UNSPEC, 0);
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_EQ(read_all(both).size(), 2u);
}

TEST(NetlinkMessage, CutMessagesAreNeverReadBeyondTheirEnd) {
  for (const Bytes& whole : {address_message(RTM_NEWADDR, true, true), link_message(AF_UNSPEC, 0)}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_TRUE(read_all(cut).empty());
      Bytes lying = cut;  // says that it is as long as it is
      if (size < sizeof(nlmsghdr)) continue;
      const auto length = static_cast<std::uint32_t>(size);
      std::memcpy(lying.data(), &length, sizeof length);
      EXPECT_EQ(read_all(lying).size(), 1u);
    }
  }
}

TEST(NetlinkMessage, LengthsThatLieEndTheReading) {
  Bytes message = address_message(RTM_NEWADDR, true, true);
  for (const std::uint32_t length : {0u, 1u, 15u, 0xffffffffu, 0xfffffffdu}) {
    std::memcpy(message.data(), &length, sizeof length);
    EXPECT_TRUE(read_all(message).empty());
  }
  Bytes attribute = address_message(RTM_NEWADDR, true, true);
  for (const std::uint16_t length : {0, 1, 3, 0xffff}) {
    std::memcpy(attribute.data() + sizeof(nlmsghdr) + sizeof(ifaddrmsg), &length, sizeof length);
    EXPECT_EQ(read_all(attribute)[0].kind, NetlinkNews::Kind::other);
  }
}

TEST(NetlinkMessage, ReadsTheKernelsVerdict) {
  for (const auto& [code, error] : {std::pair{0, 0}, {-EEXIST, EEXIST}, {17, EPROTO}, {INT32_MIN, EPROTO}}) {
    NetlinkBatch batch;
    nlmsgerr verdict{};
    verdict.error = code;
    batch.begin(NLMSG_ERROR, 0, 42, as_bytes(verdict));
    const auto found = read_all({batch.bytes().begin(), batch.bytes().end()});
    EXPECT_EQ(found[0].kind, NetlinkNews::Kind::error);
    EXPECT_EQ(found[0].error, error);
    EXPECT_EQ(found[0].sequence, 42u);
  }
}

}  // namespace
}  // namespace heartwire::test
