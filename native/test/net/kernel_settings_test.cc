// Settings of the kernel that are other while something runs, and what one of them is for: a neighbour that comes back is not
// sent all that nobody could send it.
#include <fstream>
#include <memory>
#include <vector>

#include "core/net/link.h"
#include "core/net/neighbour_queue.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

const std::string kQueue = "/proc/sys/net/ipv4/neigh/wire0/unres_qlen_bytes";

int value_of(const std::string& path) {
  int value = -1;
  std::ifstream(path) >> value;
  return value;
}

void set(const std::string& path, int value) { std::ofstream(path) << value << std::flush; }

class KernelSettingsTest : public TwoHosts {};

TEST_F(KernelSettingsTest, ChangesInOneDirectionAndPutsBackWhatWasThere) {
  const int before = value_of(kQueue);
  ASSERT_GT(before, kNeighbourQueueBytes);
  {
    KernelSettings settings;
    bound_neighbour_queue(settings, "wire0");
    EXPECT_EQ(value_of(kQueue), kNeighbourQueueBytes);
    bound_neighbour_queue(settings, "wire0");  // its own value is not what was there before
    bound_neighbour_queue(settings, "nothing0");
    bound_neighbour_queue(settings, "");
  }
  EXPECT_EQ(value_of(kQueue), before);
}

TEST_F(KernelSettingsTest, LeavesAloneWhatIsGoodAlready) {
  set(kQueue, 4096);
  {
    KernelSettings settings;
    settings.at_most(kQueue, kNeighbourQueueBytes);
    settings.at_least(kQueue, 1024);
    EXPECT_EQ(value_of(kQueue), 4096);
  }
  EXPECT_EQ(value_of(kQueue), 4096);
}

TEST_F(KernelSettingsTest, WhoeverChoseAnewKeepsThat) {
  {
    KernelSettings settings;
    settings.at_most(kQueue, kNeighbourQueueBytes);
    set(kQueue, 6000);
  }
  EXPECT_EQ(value_of(kQueue), 6000);
}

TEST_F(KernelSettingsTest, ANeighbourThatComesBackIsSentTheNewestFewAlone) {
  KernelSettings settings;
  bound_neighbour_queue(settings, "wire0");
  LinkOptions options;
  options.interface = "wire0";
  options.port = 7001;
  LinkError error;
  const std::unique_ptr<Link> here = open_link(options, error);
  std::unique_ptr<Link> far;
  there([&] {
    far = open_link(options, error);
    ip("link set wire0 arp off");  // it does not say where it is
  });
  ASSERT_TRUE(here && far) << error.what;
  LinkAddress to;
  to.family = AddressFamily::ipv4;
  to.port = 7001;
  to.bytes = {10, 9, 0, 2};
  const std::vector<std::uint8_t> beat(100, 7);
  for (int sent = 0; sent < 200; ++sent) {
    here->stage(to, beat);
    here->flush();
  }
  there([] { ip("link set wire0 arp on"); });
  unsigned arrived = 0;
  ReceivedFrame frames[64];
  bool gone = false;
  const auto take = [&] { return arrived += far->receive(frames, gone); };
  ASSERT_TRUE(eventually([&] { return take() > 0; }));  // the next of three questions, after a second
  here->stage(to, std::vector<std::uint8_t>(1, 9));
  here->flush();
  bool last = false;
  ASSERT_TRUE(eventually([&] {
    const unsigned count = far->receive(frames, gone);
    for (unsigned index = 0; index < count; ++index) last = last || frames[index].bytes.size() == 1;
    arrived += count;
    return last;
  }));
  EXPECT_LE(arrived, 20u);
}

}  // namespace
}  // namespace heartwire::test
