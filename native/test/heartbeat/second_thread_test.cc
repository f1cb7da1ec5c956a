// The second beat thread on real sockets: it speaks while the first one's deadline is over, from the first one's address, on CPUs
// of its own, and gives back what it was lent.
#include <gtest/gtest.h>

#include <array>

#include "core/heartbeat/second_thread.h"
#include "core/rt/clock.h"
#include "core/wire/session_builder.h"
#include "test/net/network_namespace.h"
#include "test/wire/samples.h"

namespace heartwire::test {
namespace {

using Cpus = std::vector<int>;

TEST(SplitProcessors, GivesEachThreadCpusThatTheOtherDoesNotUse) {
  const Processors any = split_processors({0, 1, 2, 3}, {});
  EXPECT_EQ(any.first, (Cpus{0, 1, 2}));
  EXPECT_EQ(any.second, Cpus{3});
  const Processors own = split_processors({0, 1, 2, 3}, {2});
  EXPECT_EQ(own.first, Cpus{2});
  EXPECT_EQ(own.second, (Cpus{0, 1, 3}));
  EXPECT_TRUE(split_processors({0}, {}).second.empty());
  EXPECT_TRUE(split_processors({0, 1}, {0, 1}).second.empty());
}

class SecondThreadTest : public TwoHosts {
 protected:
  void SetUp() override {
    TwoHosts::SetUp();
    if (IsSkipped()) return;
    first_ = open_socket();
    there([this] { peer_ = open_socket(); });
    page_->interval_ns.set(1'000'000);
    ThreadReport report;
    second_ = std::make_unique<SecondThread>(EngineIdentity{.cluster_id = 7, .node_id = 1, .boot = 5}, page_, due_ns_, put_down_);
    second_->start({"second", 0, {}, false}, report);
    ASSERT_TRUE(second_->running());
  }
  void TearDown() override {
    second_.reset();
    TwoHosts::TearDown();
  }
  static std::unique_ptr<Link> open_socket() {
    LinkOptions options;
    options.interface = "wire0";
    options.port = 7001;
    LinkError error;
    auto link = open_link(options, error);
    EXPECT_NE(link, nullptr) << error.what;
    return link;
  }
  void introduce() {
    SessionHandover session;
    session.second = true;
    session.peer_id = 2;
    session.session = build_session(samples::ring().get(), KeyRole::beat_1, samples::parties(1, 2), 1, SessionUse::sending).release();
    EXPECT_TRUE(second_->handover(session));
    SessionHandover path;
    path.peer_id = 2;
    path.path = true;
    path.beat_address.family = AddressFamily::ipv4;
    path.beat_address.port = 7001;
    path.beat_address.bytes = {10, 9, 0, 2};
    EXPECT_TRUE(second_->handover(path));
  }
  // Frames that have come since the last call; all of them from the first thread's address.
  unsigned heard() {
    std::array<ReceivedFrame, 16> frames;
    bool gone = false;
    unsigned count = 0;
    while (const unsigned got = peer_->receive(frames, gone)) {
      count += got;
      for (unsigned index = 0; index < got; ++index) {
        EXPECT_EQ(frames[index].source.port, 7001);
        EXPECT_EQ(frames[index].source.bytes[3], 1);
      }
    }
    return count;
  }

  std::shared_ptr<StatisticsPage> page_ = std::make_shared<StatisticsPage>();
  std::atomic<std::uint64_t> due_ns_{0};
  Wake put_down_;
  std::unique_ptr<Link> first_, peer_;
  std::unique_ptr<SecondThread> second_;
};

TEST_F(SecondThreadTest, SpeaksFromTheFirstThreadsSocketWhileThatOneIsLate) {
  introduce();
  ASSERT_TRUE(second_->pass_link({0, first_->twin().release()}));
  due_ns_.store(boot_time_ns());
  EXPECT_TRUE(eventually([this] { return heard() > 0; }));
  due_ns_.store(boot_time_ns() + 3'600'000'000'000);
  EXPECT_TRUE(eventually([this] { return heard() == 0; })) << "the first one is back";
  EXPECT_EQ(page_->stood_in.get(), 1u);
}

TEST_F(SecondThreadTest, GivesALinkBackSoThatItsPortIsFree) {
  introduce();
  ASSERT_TRUE(second_->pass_link({0, first_->twin().release()}));
  first_.reset();
  LinkError error;
  LinkOptions options;
  options.interface = "wire0";
  options.port = 7001;
  EXPECT_EQ(open_link(options, error), nullptr) << "the twin holds it";
  ASSERT_TRUE(second_->pass_link({0, nullptr}));
  PassedTwin twin;
  ASSERT_TRUE(eventually([&] { return second_->next_link(twin); }));
  delete twin.link;
  EXPECT_NE(open_socket(), nullptr);
}

// As the keeper does it, as often as links come and go: a link is opened anew when the earlier one was given back.
TEST_F(SecondThreadTest, RefusesNoLinkHoweverManyComeAndGo) {
  for (int round = 0; round < 200; ++round) {
    for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) ASSERT_TRUE(second_->pass_link({link_id, first_->twin().release()}));
    for (std::uint8_t link_id = 0; link_id < kLinksMax; ++link_id) ASSERT_TRUE(second_->pass_link({link_id, nullptr}));
    unsigned given_back = 0;
    PassedTwin twin;
    ASSERT_TRUE(eventually([&] {
      for (; second_->next_link(twin); ++given_back) delete twin.link;
      return given_back == kLinksMax;
    }));
  }
}

TEST_F(SecondThreadTest, TakesSessionsAndLinksWhileItSpeaks) {
  due_ns_.store(boot_time_ns());
  for (int round = 0; round < 50; ++round) {
    introduce();
    ASSERT_TRUE(second_->pass_link({0, first_->twin().release()}));
    due_ns_.store(boot_time_ns() - 2'000'000);
  }
  EXPECT_TRUE(eventually([this] { return heard() > 0; }));
  unsigned sessions = 0;
  PeerSession* session = nullptr;
  PassedTwin twin;
  EXPECT_TRUE(eventually([&] {
    while (second_->next_link(twin)) delete twin.link;
    for (; second_->next_session(session); ++sessions) delete session;
    return sessions == 49;
  }));
}

}  // namespace
}  // namespace heartwire::test
