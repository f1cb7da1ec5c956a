// The frames of announcements, byte by byte where it matters, and the reader of others' frames.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/address/address_request.h"
#include "core/address/announce.h"
#include "core/address/neighbour_claim.h"
#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

constexpr Mac kMac{2, 0, 0, 0, 0, 1};

std::vector<std::uint8_t> part(const NeighbourFrame& frame, std::size_t at, std::size_t size) {
  const auto bytes = frame.bytes().subspan(at, size);
  return {bytes.begin(), bytes.end()};
}

// Sums to 0xffff with its checksum in place.
std::uint32_t icmp6_sum(const NeighbourFrame& frame) {
  std::uint32_t sum = static_cast<std::uint32_t>(frame.size - 54) + 58;
  for (std::size_t at = 22; at < frame.size; at += 2) sum += static_cast<std::uint32_t>(frame.data[at] << 8 | frame.data[at + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

TEST(Announcements, GratuitousArp) {
  const NeighbourFrame request = arp_frame(ArpForm::gratuitous_request, address_of("10.9.0.100"), kMac);
  EXPECT_EQ(part(request, 0, 6), std::vector<std::uint8_t>(6, 0xff));
  EXPECT_EQ(part(request, 20, 2), (std::vector<std::uint8_t>{0, 1}));
  EXPECT_EQ(part(request, 28, 4), (std::vector<std::uint8_t>{10, 9, 0, 100}));
  EXPECT_EQ(part(request, 38, 4), (std::vector<std::uint8_t>{10, 9, 0, 100}));
  const NeighbourFrame reply = arp_frame(ArpForm::gratuitous_reply, address_of("10.9.0.100"), kMac);
  EXPECT_EQ(part(reply, 20, 2), (std::vector<std::uint8_t>{0, 2}));
  EXPECT_EQ(part(reply, 22, 6), part(reply, 32, 6)) << "target MAC = sender MAC";
  const NeighbourFrame probe = arp_frame(ArpForm::probe, address_of("10.9.0.100"), kMac);
  EXPECT_EQ(part(probe, 28, 4), std::vector<std::uint8_t>(4, 0)) << "a probe must not change anybody's cache";
}

TEST(Announcements, NeighbourAdvertisement) {
  for (const bool router : {false, true}) {
    const NeighbourFrame frame = neighbour_advertisement(address_of("fd09::100"), kMac, router);
    EXPECT_EQ(frame.size, 86u);
    EXPECT_EQ(frame.data[58], router ? 0xa0 : 0x20);
    EXPECT_EQ(frame.data[21], 255);
    EXPECT_EQ(icmp6_sum(frame), 0xffffu);
  }
  const NeighbourFrame probe = neighbour_probe(address_of("fd09::100"), kMac);
  EXPECT_EQ(icmp6_sum(probe), 0xffffu);
  EXPECT_EQ(part(probe, 0, 6), (std::vector<std::uint8_t>{0x33, 0x33, 0xff, 0, 1, 0}));
}

TEST(NeighbourClaim, ReadsWhatWeWrite) {
  for (const ArpForm form : {ArpForm::gratuitous_request, ArpForm::gratuitous_reply, ArpForm::probe}) {
    const auto claim = read_neighbour_claim(arp_frame(form, address_of("10.9.0.100"), kMac).bytes());
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->address, address_of("10.9.0.100"));
    EXPECT_EQ(claim->mac, kMac);
    EXPECT_EQ(claim->probe, form == ArpForm::probe);
  }
  const auto advertised = read_neighbour_claim(neighbour_advertisement(address_of("fd09::100"), kMac, false).bytes());
  ASSERT_TRUE(advertised);
  EXPECT_EQ(advertised->address, address_of("fd09::100"));
  EXPECT_EQ(advertised->mac, kMac);
  EXPECT_FALSE(advertised->probe);
  const auto probed = read_neighbour_claim(neighbour_probe(address_of("fd09::100"), kMac).bytes());
  ASSERT_TRUE(probed);
  EXPECT_TRUE(probed->probe);
}

TEST(NeighbourClaim, CutFramesClaimNothing) {
  const NeighbourFrame arp = arp_frame(ArpForm::gratuitous_reply, address_of("10.9.0.100"), kMac);
  const NeighbourFrame advertisement = neighbour_advertisement(address_of("fd09::100"), kMac, false);
  for (std::size_t size = 0; size < 42; ++size) EXPECT_FALSE(read_neighbour_claim(arp.bytes().first(size)));
  for (std::size_t size = 0; size < 86; ++size) EXPECT_FALSE(read_neighbour_claim(advertisement.bytes().first(size)));
}

TEST(NeighbourClaim, WhatHasPassedARouterIsNotBelieved) {
  NeighbourFrame frame = neighbour_advertisement(address_of("fd09::100"), kMac, false);
  frame.data[21] = 254;
  EXPECT_FALSE(read_neighbour_claim(frame.bytes()));
}

TEST(NeighbourClaim, AnOptionThatLiesIsIgnored) {
  for (const std::uint8_t length : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{255}}) {
    NeighbourFrame frame = neighbour_advertisement(address_of("fd09::100"), kMac, false);
    frame.data[79] = length;
    const auto claim = read_neighbour_claim(frame.bytes());
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->mac, kMac) << "the sender's, from the Ethernet header";
  }
}

TEST(Subnets, AreComparedBitByBit) {
  EXPECT_TRUE(same_subnet(address_of("10.9.0.1"), address_of("10.9.0.200"), 24));
  EXPECT_FALSE(same_subnet(address_of("10.9.0.1"), address_of("10.9.0.200"), 25));
  EXPECT_TRUE(same_subnet(address_of("10.9.0.1"), address_of("192.168.0.1"), 0));
  EXPECT_FALSE(same_subnet(address_of("10.9.0.1"), address_of("10.9.0.2"), 32));
  EXPECT_TRUE(same_subnet(address_of("fd09::1"), address_of("fd09::ffff"), 64));
  EXPECT_FALSE(same_subnet(address_of("fd09::1"), address_of("fd09::2"), 127));
  EXPECT_FALSE(same_subnet(address_of("10.9.0.1"), address_of("fd09::2"), 1));
}

}  // namespace
}  // namespace heartwire::test
