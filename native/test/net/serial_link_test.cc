// The serial line over a pty pair: half frames, garbage and a reader that does not read harm only themselves.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "core/net/link.h"
#include "core/net/serial_framing.h"
#include "test/net/network_namespace.h"

namespace heartwire::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

class SerialLinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(master_, 0);
    ASSERT_EQ(grantpt(master_), 0);
    ASSERT_EQ(unlockpt(master_), 0);
    std::array<char, 64> name{};
    ASSERT_EQ(ptsname_r(master_, name.data(), name.size()), 0);
    LinkOptions options;
    options.kind = LinkKind::serial;
    options.device = name.data();
    LinkError error;
    link_ = open_link(options, error);
    ASSERT_NE(link_, nullptr) << error.what;
  }
  void TearDown() override {
    link_.reset();
    hang_up();
  }
  void hang_up() {
    if (master_ >= 0) close(master_);
    master_ = -1;
  }
  void write_line(const Bytes& bytes) { ASSERT_EQ(write(master_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size())); }
  static Bytes on_line(const Bytes& frame) {
    Bytes line(kSerialBytesMax);
    line.resize(write_serial_frame(frame, line));
    return line;
  }
  Bytes read_line() {
    Bytes bytes(65536);
    const ssize_t got = read(master_, bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  // What has come until now.
  std::vector<Bytes> received() {
    std::array<ReceivedFrame, 8> frames;
    std::vector<Bytes> got;
    unsigned count = 0;
    while ((count = link_->receive(frames, gone_)) > 0) {
      for (unsigned index = 0; index < count; ++index) got.emplace_back(frames[index].bytes.begin(), frames[index].bytes.end());
    }
    return got;
  }
  std::vector<Bytes> wait_for(std::size_t wanted) {
    std::vector<Bytes> got;
    eventually([&] {
      for (Bytes& frame : received()) got.push_back(std::move(frame));
      return got.size() >= wanted;
    });
    return got;
  }

  int master_ = -1;
  bool gone_ = false;
  std::unique_ptr<Link> link_;
};

TEST_F(SerialLinkTest, R10CarriesAllBytes) {
  Bytes frame(kFrameBytesMax);
  for (std::size_t index = 0; index < frame.size(); ++index) frame[index] = static_cast<std::uint8_t>(index * 7);
  ASSERT_TRUE(link_->stage({}, frame));
  EXPECT_EQ(link_->flush(), 1u);
  EXPECT_FALSE(link_->waiting());
  Bytes line;
  EXPECT_TRUE(eventually([&] {
    const Bytes more = read_line();
    line.insert(line.end(), more.begin(), more.end());
    return line.size() > frame.size() && line.back() == 0;
  }));
  EXPECT_EQ(line, on_line(frame));
  write_line(line);
  const auto got = wait_for(1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], frame);
}

TEST_F(SerialLinkTest, HalfAFrameDoesNotBlockTheNext) {
  const Bytes frame(100, 7);
  Bytes half = on_line(frame);
  half.resize(half.size() / 2);
  write_line(half);
  EXPECT_TRUE(wait_for(0).empty());
  write_line(on_line(frame));
  const auto got = wait_for(1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0], frame);
  EXPECT_EQ(link_->counters().garbled, 1u);
}

TEST_F(SerialLinkTest, GarbageAndBrokenBytesCostOnlyTheirFrame) {
  const Bytes frame(100, 7);
  Bytes broken = on_line(frame);
  broken[50] ^= 0x10;
  Bytes noise(3000, 0xff);
  write_line(noise);
  write_line(on_line(frame));
  write_line(broken);
  write_line(on_line(Bytes(64, 9)));
  const auto got = wait_for(2);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0], frame);
  EXPECT_EQ(got[1], Bytes(64, 9));
}

TEST_F(SerialLinkTest, SeveralFramesComeWithOneCall) {
  Bytes line;
  for (std::uint8_t index = 1; index <= 20; ++index) {
    const Bytes one = on_line(Bytes(64, index));
    line.insert(line.end(), one.begin(), one.end());
  }
  write_line(line);
  const auto got = wait_for(20);
  ASSERT_EQ(got.size(), 20u);
  EXPECT_EQ(got[19][0], 20);
}

TEST_F(SerialLinkTest, ALineThatTakesNothingIsNotWaitedForAndGetsTheNewest) {
  const Bytes old(1000, 1);
  for (int index = 0; index < 1000; ++index) {
    ASSERT_TRUE(link_->stage({}, old));
    link_->flush();
  }
  EXPECT_TRUE(link_->waiting());
  EXPECT_GT(link_->counters().dropped, 900u);
  ASSERT_TRUE(link_->stage({}, Bytes(1000, 2)));
  ASSERT_TRUE(link_->stage({}, Bytes(1000, 3)));
  ASSERT_TRUE(link_->stage({}, Bytes(1000, 4)));
  ASSERT_TRUE(link_->stage({}, Bytes(1000, 5)));
  ASSERT_TRUE(link_->stage({}, Bytes(1000, 6)));
  ASSERT_TRUE(link_->stage({}, Bytes(1000, 7)));
  Bytes line;
  EXPECT_TRUE(eventually([&] {
    const Bytes more = read_line();
    line.insert(line.end(), more.begin(), more.end());
    link_->flush();
    return !link_->waiting() && more.empty();
  }));
  SerialReader reader;
  Bytes last;
  for (const std::uint8_t byte : line) {
    if (reader.take(byte)) last.assign(reader.frame().begin(), reader.frame().end());
  }
  EXPECT_EQ(last, Bytes(1000, 7));
}

TEST_F(SerialLinkTest, AHangUpIsGone) {
  hang_up();
  EXPECT_TRUE(eventually([&] {
    received();
    return gone_;
  }));
}

TEST_F(SerialLinkTest, TheLongestAndNoLonger) {
  EXPECT_TRUE(link_->stage({}, Bytes(kDatagramBytesMax, 0)));
  EXPECT_FALSE(link_->stage({}, Bytes(kDatagramBytesMax + 1, 0)));
}

TEST(SerialFraming, EveryLengthComesBack) {
  for (std::size_t size = 1; size < 1100; ++size) {
    for (const int kind : {0, 1, 2}) {  // no zeros; zeros only; mixed
      Bytes frame(size);
      for (std::size_t index = 0; index < size; ++index) {
        frame[index] = kind == 0 ? 1 : kind == 1 ? 0 : static_cast<std::uint8_t>(index % 253);
      }
      Bytes line(kSerialBytesMax);
      line.resize(write_serial_frame(frame, line));
      ASSERT_GT(line.size(), size);
      SerialReader reader;
      std::size_t found = 0;
      for (const std::uint8_t byte : line) {
        if (!reader.take(byte)) continue;
        ++found;
        ASSERT_EQ(Bytes(reader.frame().begin(), reader.frame().end()), frame);
      }
      ASSERT_EQ(found, 1u);
    }
  }
}

TEST(SerialFraming, TheCheckIsTheOneOfEthernet) {
  const std::string text = "123456789";
  EXPECT_EQ(crc32(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())), 0xcbf43926u);
}

}  // namespace
}  // namespace heartwire::test
