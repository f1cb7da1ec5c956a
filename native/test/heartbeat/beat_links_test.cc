// What the beat thread does to the interfaces that it beats on: it bounds what waits there for neighbours, puts back what was
// there, and has neighbours asked for anew when a cable is back.
#include <fstream>
#include <memory>

#include "core/heartbeat/beat_thread.h"
#include "core/net/neighbour_queue.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

class BeatLinksTest : public TwoHosts {
 protected:
  static std::unique_ptr<BeatThread> start() {
    BeatOptions options;
    options.identity = EngineIdentity{.cluster_id = 7, .node_id = 1, .boot = 5};
    options.priority = 0;
    options.lock_memory = false;
    options.links.resize(1);
    options.links[0].network = 0;
    options.links[0].options.interface = "wire0";
    options.links[0].options.port = 7001;
    BeatReport report;
    auto thread = BeatThread::start(options, std::make_shared<StatisticsPage>(), [] {}, [](const AddressOrder&) { return true; }, report);
    EXPECT_TRUE(thread && report.link_errors[0].what.empty());
    return thread;
  }
  static int queue_bytes() {
    int value = -1;
    std::ifstream("/proc/sys/net/ipv4/neigh/wire0/unres_qlen_bytes") >> value;
    return value;
  }
  static bool knows(const std::string& address) { return ip("neighbour show dev wire0").find(address + " ") != std::string::npos; }
};

TEST_F(BeatLinksTest, WhatWaitsForANeighbourIsBoundedWhileItRuns) {
  const int before = queue_bytes();
  ASSERT_GT(before, kNeighbourQueueBytes);
  auto thread = start();
  EXPECT_EQ(queue_bytes(), kNeighbourQueueBytes);
  thread.reset();
  EXPECT_EQ(queue_bytes(), before);
}

TEST_F(BeatLinksTest, ACableThatIsBackHasNeighboursAskedForAnew) {
  const auto thread = start();
  const auto forgotten_after_return = [this] {
    there([] { ip("link set wire0 down"); });
    there([] { ip("link set wire0 up"); });
    int status = 0;
    run_program("ping -c 1 -W 0.01 10.9.0.7", status);  // nobody has that; the kernel alone would remember it for a minute
    return knows("10.9.0.7") && eventually([] { return !knows("10.9.0.7"); }, 1000);
  };
  EXPECT_TRUE(eventually(forgotten_after_return));  // again where this test was too slow for the last of the keeper's looks
}

}  // namespace
}  // namespace heartwire::test
