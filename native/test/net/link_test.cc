// The paths on real interfaces: frames arrive with their source and a stamp, what cannot be sent is counted and nothing
// else, an interface that vanishes is noticed, and nothing leaks.
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "core/net/interface_info.h"
#include "core/net/link.h"
#include "core/rt/clock.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

struct Got {
  std::vector<std::uint8_t> bytes;
  LinkAddress source;
  std::uint64_t stamp_ns = 0;
};

class LinkTest : public TwoHosts {
 protected:
  static LinkOptions udp(AddressFamily family = AddressFamily::ipv4) {
    LinkOptions options;
    options.interface = "wire0";
    options.port = 7001;
    options.broadcast = true;
    options.family = family;
    return options;
  }
  static LinkOptions ethernet() {
    LinkOptions options;
    options.kind = LinkKind::ethernet;
    options.interface = "wire0";
    return options;
  }
  std::unique_ptr<Link> open_here(const LinkOptions& options) {
    LinkError error;
    auto link = open_link(options, error);
    EXPECT_NE(link, nullptr) << error.what << ": " << error.error_number;
    return link;
  }
  std::unique_ptr<Link> open_there(const LinkOptions& options) {
    std::unique_ptr<Link> link;
    there([&] { link = open_here(options); });
    return link;
  }
  // Waits for `wanted` frames.
  static std::vector<Got> receive(Link& link, std::size_t wanted) {
    std::vector<Got> got;
    std::array<ReceivedFrame, 64> frames;
    eventually([&] {
      bool gone = false;
      const unsigned count = link.receive(frames, gone);
      for (unsigned index = 0; index < count; ++index) {
        got.push_back({{frames[index].bytes.begin(), frames[index].bytes.end()}, frames[index].source, frames[index].wall_stamp_ns});
      }
      return got.size() >= wanted;
    });
    return got;
  }
  static bool gone(Link& link) {
    bool gone = false;
    std::array<ReceivedFrame, 64> frames;
    link.receive(frames, gone);
    return gone;
  }
  // To everybody and back to the source.
  static void exchange(Link& one, Link& other) {
    const std::vector<std::uint8_t> frame(200, 0x5a), answer(100, 0xa5);
    const std::uint64_t before_ns = wall_time_ns();
    ASSERT_TRUE(one.stage(one.everyone(), frame));
    ASSERT_EQ(one.flush(), 1u);
    const auto heard = receive(other, 1);
    ASSERT_EQ(heard.size(), 1u);
    EXPECT_EQ(heard[0].bytes, frame);
    EXPECT_GE(heard[0].stamp_ns, before_ns);
    EXPECT_LE(heard[0].stamp_ns, wall_time_ns());
    ASSERT_TRUE(other.stage(heard[0].source, answer));
    ASSERT_EQ(other.flush(), 1u);
    auto back = receive(one, 1);
    while (!back.empty() && back[0].bytes == frame) back.erase(back.begin());  // UDP hears its own broadcast
    if (back.empty()) back = receive(one, 1);
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(back[0].bytes, answer);
  }
};

TEST_F(LinkTest, FramesThatPassTheKernelAsOneArriveAsTheyWereStaged) {
  LinkOptions options = udp();
  options.segmentation = true;
  auto here = open_here(options);
  auto there = open_there(options);
  std::vector<std::size_t> lengths(40, 1200);  // a row, its shorter end, and two that begin rows of their own
  for (const std::size_t length : {500, 900, 1000}) lengths.push_back(length);
  for (std::size_t index = 0; index < lengths.size(); ++index) {
    ASSERT_TRUE(here->stage(here->everyone(), std::vector<std::uint8_t>(lengths[index], static_cast<std::uint8_t>(index))));
  }
  ASSERT_EQ(here->flush(), lengths.size());
  const auto heard = receive(*there, lengths.size());
  ASSERT_EQ(heard.size(), lengths.size());
  for (std::size_t index = 0; index < lengths.size(); ++index) {
    EXPECT_EQ(heard[index].bytes, std::vector<std::uint8_t>(lengths[index], static_cast<std::uint8_t>(index)));
  }
}

TEST_F(LinkTest, FramesLongerThanTheWireAreSentWithoutSegmentation) {
  LinkOptions options = udp();
  options.segmentation = true;
  auto here = open_here(options);
  auto there = open_there(options);
  const std::vector<std::uint8_t> frame(kDatagramBytesMax, 0x33);  // IP cuts these, which UDP_SEGMENT refuses to
  const unsigned frames = 3;
  for (unsigned index = 0; index < frames; ++index) ASSERT_TRUE(here->stage(here->everyone(), frame));
  EXPECT_EQ(here->flush(), frames);
  EXPECT_EQ(receive(*there, frames).size(), frames);
}

TEST_F(LinkTest, UdpCarriesFramesBothWays) {
  const auto here = open_here(udp()), there = open_there(udp());
  exchange(*here, *there);
}

TEST_F(LinkTest, UdpOverIpv6CarriesFramesBothWays) {
  const auto skip_duplicate_detection = [] {  // the link-local address's, which would take a second
    ip("link set wire0 down");
    int status = 0;
    run_program("echo 0 > /proc/sys/net/ipv6/conf/wire0/accept_dad", status);
    ip("link set wire0 up");
  };
  there(skip_duplicate_detection);
  skip_duplicate_detection();
  const auto is_ready = [] { return ip("-6 addr show dev wire0 scope link -tentative").find("fe80") != std::string::npos; };
  EXPECT_TRUE(eventually([&] {
    bool other = false;
    there([&] { other = is_ready(); });
    return other && is_ready();
  }));
  const auto here = open_here(udp(AddressFamily::ipv6)), there = open_there(udp(AddressFamily::ipv6));
  exchange(*here, *there);
  // An address outlives the number of the interface that it was heard on.
  there->stage(there->everyone(), std::vector<std::uint8_t>(64, 1));
  there->flush();
  const auto heard = receive(*here, 1);
  ASSERT_EQ(heard.size(), 1u);
  LinkAddress peer = heard[0].source;
  EXPECT_EQ(peer.scope_id, 0u);
  peer.scope_id = 9999;
  ASSERT_TRUE(here->stage(peer, std::vector<std::uint8_t>(64, 2)));
  EXPECT_EQ(here->flush(), 1u);
}

TEST_F(LinkTest, TheTwoKindsOfUdpDoNotHearEachOther) {
  const auto ipv6 = open_here(udp(AddressFamily::ipv6)), ipv4 = open_here(udp()), there = open_there(udp());
  there->stage(there->everyone(), std::vector<std::uint8_t>(64, 1));
  there->flush();
  EXPECT_EQ(receive(*ipv4, 1).size(), 1u);
  std::array<ReceivedFrame, 4> frames;
  bool gone = false;
  EXPECT_EQ(ipv6->receive(frames, gone), 0u);
}

TEST_F(LinkTest, R10RawEthernetCarriesFramesBothWaysWithoutAnyIpAddress) {
  ip("addr flush dev wire0");
  there([] { ip("addr flush dev wire0"); });
  const auto here = open_here(ethernet()), there = open_there(ethernet());
  exchange(*here, *there);
}

TEST_F(LinkTest, UdpBroadcastNeedsNoIpAddressEither) {
  ip("addr flush dev wire0");
  there([] { ip("addr flush dev wire0"); });
  const auto here = open_here(udp()), there = open_there(udp());
  ASSERT_TRUE(here->stage(here->everyone(), std::vector<std::uint8_t>(100, 1)));
  EXPECT_EQ(here->flush(), 1u);
  EXPECT_EQ(receive(*there, 1).size(), 1u);
}

TEST_F(LinkTest, RawEthernetHearsOnlyItsOwnEtherTypeAndItsOwnAddress) {
  LinkOptions messages = ethernet();
  messages.ether_type = 0x88B6;
  const auto here = open_here(ethernet()), there = open_there(ethernet()), other_type = open_there(messages);
  LinkAddress stranger = here->everyone();
  stranger.bytes = {2, 0, 0, 0, 0, 9};
  const std::vector<std::uint8_t> frame(64, 1);
  ASSERT_TRUE(here->stage(stranger, frame));
  ASSERT_TRUE(here->stage(here->everyone(), frame));
  EXPECT_EQ(here->flush(), 2u);
  EXPECT_EQ(receive(*there, 1).size(), 1u);
  std::array<ReceivedFrame, 4> frames;
  bool gone = false;
  EXPECT_EQ(there->receive(frames, gone), 0u);
  EXPECT_EQ(other_type->receive(frames, gone), 0u);
}

TEST_F(LinkTest, ShortEthernetFramesMayArrivePadded) {
  const auto here = open_here(ethernet()), there = open_there(ethernet());
  ASSERT_TRUE(here->stage(here->everyone(), std::vector<std::uint8_t>(20, 1)));
  here->flush();
  const auto heard = receive(*there, 1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_GE(heard[0].bytes.size(), 20u);
}

TEST_F(LinkTest, BatchesLargerThanTheBufferAreSentInPieces) {
  for (const LinkOptions& options : {udp(), ethernet()}) {
    const auto here = open_here(options), there = open_there(options);
    const LinkAddress to = [&] {
      there->stage(there->everyone(), std::vector<std::uint8_t>(64, 9));
      there->flush();
      const auto hello = receive(*here, 1);
      return hello.empty() ? LinkAddress{} : hello[0].source;
    }();
    for (std::uint8_t index = 0; index < 200; ++index) ASSERT_TRUE(here->stage(to, std::vector<std::uint8_t>(64 + index, index)));
    here->flush();
    EXPECT_EQ(here->counters().sent, 200u);
    const auto heard = receive(*there, 200);
    EXPECT_GE(heard.size(), 200u);
    EXPECT_EQ(heard.back().bytes.back(), 199);
  }
}

TEST_F(LinkTest, FramesUpToTheLongestAndNoLonger) {
  const auto here = open_here(udp()), there = open_there(udp());
  EXPECT_TRUE(here->stage(here->everyone(), std::vector<std::uint8_t>(kFrameBytesMax, 1)));
  EXPECT_FALSE(here->stage(here->everyone(), std::vector<std::uint8_t>(kDatagramBytesMax + 1, 1)));
  EXPECT_EQ(here->counters().dropped, 1u);
  here->flush();
  EXPECT_EQ(receive(*there, 1)[0].bytes.size(), kFrameBytesMax);
}

TEST_F(LinkTest, AnAddressOfAnotherKindIsRefused) {
  const auto by_udp = open_here(udp()), raw = open_here(ethernet());
  const std::vector<std::uint8_t> frame(64, 1);
  EXPECT_FALSE(by_udp->stage(raw->everyone(), frame));
  EXPECT_FALSE(raw->stage(by_udp->everyone(), frame));
  EXPECT_FALSE(by_udp->stage(LinkAddress{}, frame));
}

TEST_F(LinkTest, ARefusedFrameIsCountedAndTheOthersAreSent) {
  LinkOptions no_broadcast = udp();
  no_broadcast.broadcast = false;
  const auto here = open_here(no_broadcast), there = open_there(udp());
  LinkAddress peer = here->everyone();
  peer.bytes = {10, 9, 0, 2};
  const std::vector<std::uint8_t> frame(64, 1);
  here->stage(here->everyone(), frame);  // EACCES
  here->stage(peer, frame);
  here->stage(here->everyone(), frame);
  EXPECT_EQ(here->flush(), 1u);
  EXPECT_EQ(here->counters().refused, 2u);
  EXPECT_EQ(here->counters().dropped, 2u);
  EXPECT_FALSE(gone(*here));
  EXPECT_EQ(receive(*there, 1).size(), 1u);
}

TEST_F(LinkTest, IcmpErrorsChangeNothing) {
  const auto here = open_here(udp());  // nobody listens there
  LinkAddress closed = here->everyone();
  closed.bytes = {10, 9, 0, 2};
  for (int index = 0; index < 5; ++index) {
    here->stage(closed, std::vector<std::uint8_t>(64, 1));
    EXPECT_EQ(here->flush(), 1u);
    EXPECT_FALSE(gone(*here));
  }
}

TEST_F(LinkTest, AnInterfaceThatIsDownIsNotGone) {
  for (const LinkOptions& options : {udp(), ethernet()}) {
    ip("link set wire0 up");
    const auto here = open_here(options);
    ip("link set wire0 down");
    here->stage(here->everyone(), std::vector<std::uint8_t>(64, 1));
    here->flush();
    EXPECT_FALSE(gone(*here));
    ip("link set wire0 up");
    const auto there = open_there(options);
    EXPECT_TRUE(eventually([&] {
      here->stage(here->everyone(), std::vector<std::uint8_t>(64, 1));
      return here->flush() == 1;
    }));
    EXPECT_GE(receive(*there, 1).size(), 1u);
  }
}

TEST_F(LinkTest, AnInterfaceThatVanishesIsNoticed) {
  const auto by_udp = open_here(udp()), by_udp6 = open_here(udp(AddressFamily::ipv6)), raw = open_here(ethernet());
  ip("link del wire0");
  for (Link* link : {by_udp.get(), by_udp6.get(), raw.get()}) {
    link->stage(link->everyone(), std::vector<std::uint8_t>(64, 1));
    EXPECT_EQ(link->flush(), 0u);
    EXPECT_TRUE(gone(*link));
  }
  LinkError error;
  EXPECT_EQ(open_link(udp(), error), nullptr);
  EXPECT_EQ(error.error_number, ENODEV);
  EXPECT_EQ(open_link(ethernet(), error), nullptr);
  EXPECT_EQ(error.error_number, ENODEV);
}

TEST_F(LinkTest, NoDescriptorLeaks) {
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 20; ++round) {
    LinkError error;
    LinkOptions absent = udp(), used = udp();
    absent.interface = "nothing0";
    open_here(udp());
    open_here(ethernet());
    EXPECT_EQ(open_link(absent, error), nullptr);
    absent.kind = LinkKind::ethernet;
    EXPECT_EQ(open_link(absent, error), nullptr);
    absent.kind = LinkKind::serial;
    absent.device = "/dev/null";
    EXPECT_EQ(open_link(absent, error), nullptr);
    absent.baud = 12345;
    EXPECT_EQ(open_link(absent, error), nullptr);
    interface_info("wire0");
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(LinkTest, UdpMarksWhatItSends) {
  const auto here = open_here(udp());
  int value = 0;
  socklen_t length = sizeof value;
  getsockopt(here->descriptor(), IPPROTO_IP, IP_TOS, &value, &length);
  EXPECT_EQ(value, 48 << 2);
  getsockopt(here->descriptor(), SOL_SOCKET, SO_PRIORITY, &value, &length);
  EXPECT_EQ(value, 6);
}

TEST_F(LinkTest, OnlyBroadcastPortsAreShared) {
  const auto first = open_here(udp()), second = open_here(udp()), there = open_there(udp());
  there->stage(there->everyone(), std::vector<std::uint8_t>(64, 1));
  there->flush();
  EXPECT_EQ(receive(*first, 1).size(), 1u);
  EXPECT_EQ(receive(*second, 1).size(), 1u);
  LinkOptions beats = udp();
  beats.broadcast = false;
  beats.port = 7002;
  const auto alone = open_here(beats);
  LinkError error;
  EXPECT_EQ(open_link(beats, error), nullptr);
  EXPECT_EQ(error.error_number, EADDRINUSE);
}

TEST_F(LinkTest, OnePortServesEachInterfaceAlone) {
  ip("link add second0 type veth peer name second1");
  ip("link set second0 up");
  LinkOptions second = udp();
  second.interface = "second0";
  const auto first = open_here(udp()), other = open_here(second), there = open_there(udp());
  there->stage(there->everyone(), std::vector<std::uint8_t>(64, 1));
  there->flush();
  EXPECT_EQ(receive(*first, 1).size(), 1u);
  std::array<ReceivedFrame, 4> frames;
  bool gone = false;
  EXPECT_EQ(other->receive(frames, gone), 0u);
}

}  // namespace
}  // namespace heartwire::test
