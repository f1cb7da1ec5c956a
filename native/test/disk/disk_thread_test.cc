// The device and its thread on a real file with direct I/O: prepared once, used by two nodes, foreign data left alone.
#include "core/disk/disk_thread.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <vector>

namespace heartwire {
namespace {

constexpr std::uint32_t kLeaseUs = 500'000;
constexpr auto kPatience = std::chrono::seconds(20);

class DiskThreads : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/heartwire-disk-XXXXXX";
    const int descriptor = mkstemp(name);
    ASSERT_GE(descriptor, 0);
    ASSERT_EQ(ftruncate(descriptor, 256 * 1024), 0);
    close(descriptor);
    path_ = name;
    if (DiskDevice::prepare(path_, identity(1), false) == path_ + " offers no direct I/O") GTEST_SKIP() << "no direct I/O in /tmp";
  }
  void TearDown() override { unlink(path_.c_str()); }

  static DiskIdentity identity(std::uint16_t node_id) { return {7, node_id, static_cast<std::uint16_t>(3 - node_id)}; }

  std::unique_ptr<DiskThread> start(std::uint16_t node_id, std::uint64_t cluster_id = 7) {
    DiskOptions options{path_, identity(node_id), 100, kLeaseUs};
    options.identity.cluster_id = cluster_id;
    return DiskThread::start(options, [this, node_id](const DiskAnswer& answer) {
      const std::lock_guard lock(mutex_);
      answers_[node_id].push_back(answer);
      changed_.notify_all();
      return true;
    });
  }

  // Waits for an answer of this kind to this node. What came after it stays for the next one: both may be there by now.
  bool answered(std::uint16_t node_id, Answer wanted) {
    std::unique_lock lock(mutex_);
    std::vector<DiskAnswer>& answers = answers_[node_id];
    const auto is_wanted = [wanted](const DiskAnswer& given) { return given.answer == wanted; };
    const bool seen = changed_.wait_for(lock, kPatience, [&] { return std::any_of(answers.begin(), answers.end(), is_wanted); });
    answers.erase(answers.begin(), seen ? std::find_if(answers.begin(), answers.end(), is_wanted) + 1 : answers.end());
    return seen;
  }

  bool complains(const DiskThread& thread, const std::string& of) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (thread.health().error.find(of) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::string path_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<DiskAnswer> answers_[3];
};

TEST_F(DiskThreads, GiveTheSeatToOneUntilItGivesItBackOrFallsSilent) {
  auto one = start(1), two = start(2);
  one->order({DiskWish::ask, 5});
  EXPECT_TRUE(answered(1, Answer::yes));
  one->order({DiskWish::claim, 5});
  EXPECT_TRUE(answered(1, Answer::yes));
  two->order({DiskWish::ask, 6});
  EXPECT_TRUE(answered(2, Answer::held));
  one->order({DiskWish::nothing, 0});
  EXPECT_TRUE(answered(2, Answer::yes)) << "given back";
  two.reset();  // silent, with the seat
  one->order({DiskWish::ask, 7});
  EXPECT_TRUE(answered(1, Answer::held));
  EXPECT_TRUE(answered(1, Answer::yes)) << "seen unchanged for its lease";
  EXPECT_EQ(one->health().error, "");
  EXPECT_GT(one->health().worst_io_us, 0u);
}

TEST_F(DiskThreads, AnOldEpochIsRefused) {
  auto one = start(1);
  one->order({DiskWish::ask, 9});
  EXPECT_TRUE(answered(1, Answer::yes));
  one->order({DiskWish::nothing, 0});
  auto two = start(2);
  two->order({DiskWish::ask, 9});
  EXPECT_TRUE(answered(2, Answer::epoch_old));
}

TEST_F(DiskThreads, AForeignDiskIsNeitherUsedNorOverwritten) {
  EXPECT_TRUE(complains(*start(1, 8), "of another cluster"));
  EXPECT_EQ(DiskDevice::prepare(path_, identity(1), false), "not empty");
  EXPECT_EQ(DiskDevice::prepare(path_, identity(1), true), "");
  { std::ofstream(path_, std::ios::in | std::ios::out).write("garbage", 7); }
  EXPECT_TRUE(complains(*start(1), "torn, or not written by Heartwire"));
  EXPECT_TRUE(DiskDevice::prepare("/tmp/heartwire-no-such-disk", identity(1), false).find("No such file") != std::string::npos);
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  ASSERT_EQ(truncate(path_.c_str(), 4096), 0);
  EXPECT_NE(DiskDevice::prepare(path_, identity(1), false).find("too small"), std::string::npos);
}

}  // namespace
}  // namespace heartwire
