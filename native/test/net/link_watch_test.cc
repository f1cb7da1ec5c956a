// What the beat thread hears of its interfaces: carrier, disappearance, renaming, and all of it anew after the kernel
// had more to tell than the socket holds.
#include <map>
#include <optional>

#include "core/net/link_watch.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

class LinkWatchTest : public TwoHosts {
 protected:
  void watch(std::vector<std::string> interfaces = {"wire0"}) {
    watch_ = LinkWatch::open(interfaces);
    ASSERT_NE(watch_, nullptr);
  }
  // The last of what is told from now on.
  std::optional<LinkNews> last() {
    std::optional<LinkNews> found;
    LinkNews news;
    while (watch_->next(news)) found = news;
    return found;
  }
  bool becomes(bool gone, bool carrier, const std::string& interface = "wire0") {
    return eventually([&] {
      LinkNews news;
      while (watch_->next(news)) state_[std::string(news.interface_name())] = news;
      const auto found = state_.find(interface);
      return found != state_.end() && found->second.gone == gone && found->second.carrier == carrier;
    });
  }
  std::unique_ptr<LinkWatch> watch_;
  std::map<std::string, LinkNews> state_;
};

TEST_F(LinkWatchTest, TellsTheStateAtFirst) {
  watch({"wire0", "nothing0"});
  EXPECT_TRUE(becomes(false, true));
  EXPECT_TRUE(becomes(true, false, "nothing0"));
  EXPECT_FALSE(last());
}

TEST_F(LinkWatchTest, TellsOfCarrierLostAndRegained) {
  watch();
  EXPECT_TRUE(becomes(false, true));
  there([] { ip("link set wire0 down"); });
  EXPECT_TRUE(becomes(false, false));
  there([] { ip("link set wire0 up"); });
  EXPECT_TRUE(becomes(false, true));
}

TEST_F(LinkWatchTest, TellsOfAnInterfaceThatGoesAndComesBack) {
  watch();
  EXPECT_TRUE(becomes(false, true));
  ip("link del wire0");
  EXPECT_TRUE(becomes(true, false));
  ip("link add wire0 type veth peer name wire1");
  EXPECT_TRUE(becomes(false, false));
  ip("link set wire1 up");
  ip("link set wire0 up");
  EXPECT_TRUE(becomes(false, true));
}

TEST_F(LinkWatchTest, ARenamedInterfaceIsGone) {
  watch({"wire0", "other0"});
  EXPECT_TRUE(becomes(true, false, "other0"));
  ip("link set wire0 down");
  ip("link set wire0 name other0");
  ip("link set other0 up");
  EXPECT_TRUE(becomes(true, false, "wire0"));
  EXPECT_TRUE(becomes(false, true, "other0"));
}

TEST_F(LinkWatchTest, LeavingABridgeIsNotGone) {
  ip("link add bridge0 type bridge");
  ip("link set wire0 master bridge0");
  watch();
  EXPECT_TRUE(becomes(false, true));
  ip("link set wire0 nomaster");
  ip("link set wire0 mtu 1400");  // after it, so that what came before has been read
  LinkNews news;
  EXPECT_FALSE(eventually([&] { return watch_->next(news) && news.gone; }, 100));
}

TEST_F(LinkWatchTest, AfterAnOverrunTheStateIsReadAnew) {
  watch();
  EXPECT_TRUE(becomes(false, true));
  flood_link_news();
  there([] { ip("link set wire0 down"); });
  EXPECT_TRUE(becomes(false, false));
}

TEST_F(LinkWatchTest, TheKernelTellsOfAnOverrunOnce) {
  const auto watch = NetlinkWatch::open(RTMGRP_LINK);
  flood_link_news();
  NetlinkNews news;
  while (watch->next(news)) {}
  EXPECT_TRUE(watch->take_overrun());
  EXPECT_FALSE(watch->take_overrun());
}

TEST_F(LinkWatchTest, RefreshTellsAgain) {
  watch();
  EXPECT_TRUE(becomes(false, true));
  EXPECT_FALSE(last());
  watch_->refresh("wire0");
  ASSERT_TRUE(last());
}

TEST_F(LinkWatchTest, InterfacesComeAndGoWhileItWatches) {
  watch();
  EXPECT_TRUE(becomes(false, true));
  watch_->refresh("lo");
  LinkNews news;
  ASSERT_TRUE(watch_->next(news));
  EXPECT_EQ(news.interface_name(), "lo");
  EXPECT_FALSE(news.gone);
  watch_->forget("wire0");
  ip("link set wire0 down");
  ip("link set lo down");
  EXPECT_TRUE(eventually([&] { return watch_->next(news); }));
  EXPECT_EQ(news.interface_name(), "lo");
  EXPECT_FALSE(news.carrier);
  EXPECT_FALSE(watch_->next(news)) << "the other one is forgotten";
  for (int number = 0; number < 100; ++number) watch_->refresh("none" + std::to_string(number));
  unsigned told = 0;
  while (watch_->next(news)) ++told;
  EXPECT_EQ(told, 15u) << "no more than there is room for";
}

}  // namespace
}  // namespace heartwire::test
