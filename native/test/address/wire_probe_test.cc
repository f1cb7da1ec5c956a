// A probe finds who has an address, on a real wire, and says nothing of hosts that only ask for it.
#include <arpa/inet.h>

#include "core/address/announce.h"
#include "core/address/wire_probe.h"
#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

class WireProbeTest : public TwoHosts {
 protected:
  void SetUp() override {
    TwoHosts::SetUp();
    if (IsSkipped()) return;
    int error = 0;
    probe_ = WireProbe::open("wire0", error);
    ASSERT_NE(probe_, nullptr) << error;
  }
  // Asked again and again, since a new wire may take a moment.
  bool found(const std::string& text) {
    const LinkAddress address = address_of(text);
    return eventually([&] {
      probe_->ask(address);
      for (const NeighbourClaim& claim : probe_->heard()) {
        if (claim.address.family == address.family && claim.address.bytes == address.bytes) claims_.push_back(claim);
      }
      return !claims_.empty();
    });
  }
  std::unique_ptr<WireProbe> probe_;
  std::vector<NeighbourClaim> claims_;
};

TEST_F(WireProbeTest, FindsTheHolder) {
  there([] { ip("addr add 10.9.0.100/24 dev wire0"); });
  ASSERT_TRUE(found("10.9.0.100"));
  const std::string link = ip("neigh show");
  EXPECT_EQ(link.find("10.9.0.100"), std::string::npos) << "asking has made no neighbour";
  Mac theirs{};
  there([&] {
    int error = 0;
    theirs = WirePort::open("wire0", error)->mac();
  });
  EXPECT_EQ(claims_[0].mac, theirs);
}

TEST_F(WireProbeTest, FindsTheHolderOfAnIpv6Address) {
  there([] { ip("-6 addr add fd09::100/64 dev wire0 nodad"); });
  EXPECT_TRUE(found("fd09::100"));
}

TEST_F(WireProbeTest, WhoOnlyAsksHasNothing) {
  std::unique_ptr<WireProbe> other;
  int error = 0;
  there([&] { other = WireProbe::open("wire0", error); });
  ASSERT_NE(other, nullptr) << error;
  ASSERT_TRUE(found("10.9.0.2")) << "the wire carries frames";
  other->ask(address_of("10.9.0.100"));
  probe_->ask(address_of("10.9.0.2"));
  bool last = false;
  EXPECT_TRUE(eventually([&] {  // the answer comes behind the other's question
    for (const NeighbourClaim& claim : probe_->heard()) {
      EXPECT_NE(claim.address.bytes, address_of("10.9.0.100").bytes);
      last = last || claim.address.bytes == address_of("10.9.0.2").bytes;
    }
    return last;
  }));
}

// A port that listens to nobody is not woken either: the kernel drops what comes.
TEST_F(WireProbeTest, WhatComesWhileAPortDoesNotListenIsNeverHeard) {
  int error = 0;
  const std::unique_ptr<WirePort> here = WirePort::open("wire0", error);
  std::unique_ptr<WirePort> other;
  there([&] { other = WirePort::open("wire0", error); });
  ASSERT_TRUE(here != nullptr && other != nullptr) << error;
  const auto say = [&](const std::string& text) {
    const NeighbourFrame claim = arp_frame(ArpForm::gratuitous_request, address_of(text), other->mac());
    other->send(std::span(&claim, 1));
  };
  ASSERT_TRUE(found("10.9.0.2")) << "the wire carries frames";
  here->listen(false);
  say("10.9.0.100");
  claims_.clear();
  ASSERT_TRUE(eventually([&] {  // it has come: another port of the interface has heard it
    for (const NeighbourClaim& claim : probe_->heard()) claims_.push_back(claim);
    return !claims_.empty() && claims_.back().address.bytes == address_of("10.9.0.100").bytes;
  }));
  here->listen(true);
  std::optional<NeighbourClaim> heard;
  EXPECT_TRUE(eventually([&] {
    say("10.9.0.101");
    for (heard = here->next(); heard && heard->address.bytes == address_of("10.9.0.2").bytes;) heard = here->next();
    return heard.has_value();
  }));
  EXPECT_EQ(heard->address.bytes, address_of("10.9.0.101").bytes);
}

TEST_F(WireProbeTest, ThereIsNoSuchInterface) {
  int error = 0;
  EXPECT_EQ(WireProbe::open("nosuch0", error), nullptr);
  EXPECT_EQ(error, ENODEV);
}

TEST_F(WireProbeTest, LoopbackHasNobodyToAsk) {
  int error = 0;
  const auto loopback = WireProbe::open("lo", error);
  ASSERT_NE(loopback, nullptr);
  EXPECT_FALSE(loopback->ethernet());
  loopback->ask(address_of("127.0.0.1"));
  EXPECT_TRUE(loopback->heard().empty());
}

}  // namespace
}  // namespace heartwire::test
