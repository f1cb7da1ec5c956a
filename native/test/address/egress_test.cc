// What was sent with an address before it went off leaves before anybody else is told that the address is free.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "test/address/address_world.h"

namespace heartwire::test {
namespace {

constexpr int kPackets = 20;

class EgressTest : public AddressWorld {
 protected:
  void hold() {
    AddressOptions options = quick();
    options.egress_sink = [this](std::uint8_t seat, std::uint64_t drain_ns) { if (seat == 0) drain_ns_ = drain_ns; };
    start(options);
    ASSERT_EQ(thread().set_addresses({virtual_address("10.9.0.100", 24)}), "");
    order(true, 2);
    ASSERT_FALSE(answer().failed);
  }
  // The interface sends so slowly that what it is given waits in its queue.
  void fill_queue(const std::string& rate) {
    tc("qdisc add dev wire0 root tbf rate " + rate + " burst 1540 limit 100000");
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(9);
    to.sin_addr.s_addr = htonl(0x0a090002);
    const std::string data(1400, 'x');
    for (int sent = 0; sent < kPackets; ++sent) {
      ASSERT_EQ(sendto(descriptor, data.data(), data.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to), ssize_t{1400});
    }
    close(descriptor);
    ASSERT_FALSE(empty());
  }
  std::uint64_t drain_ms() const { return drain_ns_ / 1'000'000; }
  static bool empty() { return tc("-s qdisc show dev wire0").find("backlog 0b 0p") != std::string::npos; }
  static std::string tc(const std::string& arguments) {
    int status = 0;
    std::string said = run_program("tc " + arguments, status);
    EXPECT_EQ(status, 0) << said;
    return said;
  }

 private:
  std::atomic<std::uint64_t> drain_ns_{0};
};

TEST_F(EgressTest, AReleaseIsAnsweredWhenWhatWasSentHasLeft) {
  hold();
  fill_queue("2mbit");  // 110 ms
  order(false, 2);
  EXPECT_FALSE(answer().failed);
  EXPECT_TRUE(empty());
  EXPECT_FALSE(has_address("10.9.0.100"));
}

TEST_F(EgressTest, TheAddressIsOffAtOnce) {
  hold();
  fill_queue("100kbit");
  order(false, 2);
  EXPECT_TRUE(eventually([] { return !has_address("10.9.0.100"); }));
  EXPECT_FALSE(empty());
}

TEST_F(EgressTest, AQueueThatHardlyMovesIsNotWaitedForLong) {
  hold();
  fill_queue("8kbit");  // half a minute
  order(false, 2);
  EXPECT_FALSE(answer().failed);
  EXPECT_FALSE(empty());
}

TEST_F(EgressTest, ATakeoverEndsTheWaiting) {
  hold();
  fill_queue("8kbit");
  order(false, 2);
  EXPECT_TRUE(eventually([] { return !has_address("10.9.0.100"); }));
  order(true, 4);
  EXPECT_EQ(answer().epoch, 4u);
  EXPECT_TRUE(has_address("10.9.0.100"));
  EXPECT_EQ(answer_count(), 3u) << "the release is answered as overtaken";
}

TEST_F(EgressTest, WhatWaitsIsMeasuredWhileTheAddressIsHeld) {
  hold();
  EXPECT_EQ(drain_ms(), 0u);
  fill_queue("400kbit");  // 20 packets of 1,442 bytes: 577 ms, of which the first leaves at once
  EXPECT_TRUE(eventually([&] { return drain_ms() > 300; })) << drain_ms();
  EXPECT_LE(drain_ms(), 800u);
  EXPECT_TRUE(eventually([&] { return empty(); }));
  EXPECT_TRUE(eventually([&] { return drain_ms() == 0; })) << "the worst of the last second is over";
}

TEST_F(EgressTest, OfAnAddressThatIsOffNothingIsSaid) {
  hold();
  fill_queue("100kbit");
  EXPECT_TRUE(eventually([&] { return drain_ms() > 0; }));
  order(false, 2);
  EXPECT_TRUE(eventually([&] { return drain_ms() == 0; }));
}

}  // namespace
}  // namespace heartwire::test
