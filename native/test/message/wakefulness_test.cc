// CPUs are kept awake while messages follow each other closely, and only then; with the real message threads, and a file in the
// place of the kernel's.
#include "core/message/wakefulness.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/rt/clock.h"
#include "test/message/two_posts.h"

namespace heartwire::test {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

TEST(CloseMessages, IsWhatGoesOnWithoutAGap) {
  DenseTraffic traffic;
  std::uint64_t now_ns = 1000 * kMs;
  for (; now_ns < 1000 * kMs + DenseTraffic::kRunNs; now_ns += kMs) {
    traffic.came(now_ns);
    EXPECT_FALSE(traffic.dense(now_ns)) << "a burst is none";
  }
  traffic.came(now_ns);
  EXPECT_TRUE(traffic.dense(now_ns));
  EXPECT_TRUE(traffic.dense(now_ns + DenseTraffic::kHoldNs - 1)) << "a hiccup ends nothing";
  EXPECT_FALSE(traffic.dense(now_ns + DenseTraffic::kHoldNs));
}

TEST(CloseMessages, IsNotWhatComesNowAndThen) {
  DenseTraffic traffic;
  for (std::uint64_t now_ns = kMs; now_ns < 10'000 * kMs; now_ns += DenseTraffic::kGapNs + 1) {
    traffic.came(now_ns);
    ASSERT_FALSE(traffic.dense(now_ns));
  }
}

// In the place of /dev/cpu_dma_latency: what was written, one after another.
class Device {
 public:
  Device() { close(mkstemp(path_)); }
  ~Device() { unlink(path_); }
  std::unique_ptr<CpuLatency> open() const {
    std::string reason;
    return CpuLatency::open(reason, path_);
  }
  std::vector<std::int32_t> written() const {
    std::vector<std::int32_t> values;
    std::ifstream file(path_, std::ios::binary);
    for (std::int32_t value = 0; file.read(reinterpret_cast<char*>(&value), sizeof value);) values.push_back(value);
    return values;
  }

 private:
  char path_[32] = "/tmp/heartwire-latency-XXXXXX";
};

TEST(CpuLatency, SaysWhyItIsRefused) {
  std::string reason;
  EXPECT_EQ(CpuLatency::open(reason, "/nowhere/at/all"), nullptr);
  EXPECT_EQ(reason, "/nowhere/at/all: No such file or directory");
}

TEST(Wakefulness, AsksOnceAndTakesItBackOnce) {
  const Device device;
  const std::unique_ptr<CpuLatency> latency = device.open();
  Wakefulness wakefulness(latency.get(), 7);
  for (const bool awake : {false, true, true, false, false}) wakefulness.keep(awake);
  EXPECT_EQ(device.written(), (std::vector<std::int32_t>{7, -1}));
}

TEST(Wakefulness, WantsNothingWithoutTheKernel) {
  Wakefulness wakefulness(nullptr, 0);
  for (std::uint64_t now_ns = kMs; now_ns < 100 * kMs; now_ns += kMs) wakefulness.came(now_ns);
  EXPECT_FALSE(wakefulness.wanted(100 * kMs));
}

class KeepingAwake : public TwoPosts {
 protected:
  void SetUp() override {
    TwoPosts::SetUp();
    if (IsSkipped()) return;
    const std::vector<std::uint8_t> key(32, 9);
    const KeyRing::Entry entry{1, key};
    std::string why;
    MessageOptions awake = options(2);
    latency_ = device_.open();
    awake.cpu_latency = latency_.get();
    awake.awake_us = 3;
    a = std::make_unique<Post>(*space_a, options(1), KeyRing::build(std::span(&entry, 1), why));
    b = std::make_unique<Post>(*space_b, awake, KeyRing::build(std::span(&entry, 1), why));
    ASSERT_TRUE(meet());
  }
  void TearDown() override {
    TwoPosts::TearDown();
    latency_.reset();
  }
  // A request, and no withdrawal after it.
  bool stands() const { return device_.written().size() % 2 == 1; }

  const Device device_;
  std::unique_ptr<CpuLatency> latency_;
};

TEST_F(KeepingAwake, LastsAsLongAsMessagesAreDense) {
  ASSERT_TRUE(until([&] { return !stands(); })) << "to meet may have been dense";
  ASSERT_TRUE(until([&] { a->send(100); return stands(); }));
  EXPECT_EQ(device_.written().back(), 3);
  ASSERT_TRUE(until([&] { return !stands(); })) << "silence";
  EXPECT_EQ(device_.written().back(), -1);
}

TEST_F(KeepingAwake, IsNotForWhatIsSaidNowAndThen) {
  ASSERT_TRUE(until([&] { return !stands(); }));
  const std::size_t before = device_.written().size();
  for (std::size_t number = 1; number <= 50; number++) {
    a->send(100);
    const std::uint64_t next_ns = boot_time_ns() + 4 * DenseTraffic::kGapNs;  // its acknowledgement may come half of it later
    ASSERT_TRUE(until([&] { return b->count(MessageNotice::Kind::message) == number && boot_time_ns() >= next_ns; }));
  }
  EXPECT_EQ(device_.written().size(), before);
}

}  // namespace
}  // namespace heartwire::test
