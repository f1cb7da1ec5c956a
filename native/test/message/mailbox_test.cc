// When JavaScript is woken: at once for what it waits for, once for all of it, and a little later for what it need not know.
#include "core/message/mailbox.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

using Kind = MessageNotice::Kind;

struct MailboxTest : testing::Test {
  Mailbox mailbox{100, 1000};

  void deliver(Kind kind, bool quiet = false) {
    MessageNotice notice;
    notice.kind = kind;
    notice.node = 2;
    notice.quiet = quiet;
    mailbox.deliver(std::move(notice));
  }
  void deliver_quietly() { deliver(Kind::message, true); }
  std::size_t read_all() {
    MessageNotice notice;
    std::size_t count = 0;
    while (mailbox.next(notice)) count++;
    return count;
  }
};

TEST_F(MailboxTest, AMessageWakesOnceUntilAllIsRead) {
  deliver(Kind::message);
  EXPECT_TRUE(mailbox.wake_due(1));
  deliver(Kind::message);
  EXPECT_FALSE(mailbox.wake_due(2));
  EXPECT_EQ(read_all(), 2u);
  deliver(Kind::message);
  EXPECT_TRUE(mailbox.wake_due(3));
}

TEST_F(MailboxTest, WhatComesAfterTheEndWasFoundWakesAgain) {
  MessageNotice notice;
  deliver(Kind::message);
  EXPECT_TRUE(mailbox.wake_due(1));
  ASSERT_TRUE(mailbox.next(notice));
  deliver(Kind::message);  // before the end was found: it will be read
  EXPECT_FALSE(mailbox.wake_due(2));
  EXPECT_EQ(read_all(), 1u);
  deliver(Kind::undeliverable);
  EXPECT_TRUE(mailbox.wake_due(3));
}

TEST_F(MailboxTest, AQuietMessageWaitsForTheNextThingToTell) {
  deliver_quietly();
  EXPECT_FALSE(mailbox.wake_due(1));
  deliver(Kind::message);
  EXPECT_TRUE(mailbox.wake_due(2));
  EXPECT_EQ(read_all(), 2u);
}

TEST_F(MailboxTest, AQuietMessageAloneIsToldALittleLater) {
  deliver_quietly();
  EXPECT_FALSE(mailbox.wake_due(1));
  deliver_quietly();
  EXPECT_FALSE(mailbox.wake_due(Mailbox::kQuietNs));
  EXPECT_EQ(mailbox.quiet_deadline_ns(), 1 + Mailbox::kQuietNs);
  EXPECT_TRUE(mailbox.wake_due(1 + Mailbox::kQuietNs));
  EXPECT_EQ(mailbox.quiet_deadline_ns(), UINT64_MAX);
  EXPECT_FALSE(mailbox.wake_due(UINT64_MAX - 1)) << "woken already";
  EXPECT_EQ(read_all(), 2u);
}

TEST_F(MailboxTest, WhatWasReadInTheMeantimeWakesNobody) {
  deliver_quietly();
  EXPECT_FALSE(mailbox.wake_due(1));
  EXPECT_EQ(read_all(), 1u);
  EXPECT_FALSE(mailbox.wake_due(1 + Mailbox::kQuietNs));
  EXPECT_EQ(mailbox.quiet_deadline_ns(), UINT64_MAX);
}

TEST_F(MailboxTest, ManyQuietMessagesDoNotWait) {
  for (std::size_t count = 0; count <= Mailbox::kQuietMax; count++) {
    EXPECT_FALSE(mailbox.wake_due(1));
    deliver_quietly();
  }
  EXPECT_TRUE(mailbox.wake_due(1));
}

TEST_F(MailboxTest, ADeliveryIsNotTold) {
  deliver(Kind::delivered);
  EXPECT_FALSE(mailbox.wake_due(1));
  EXPECT_FALSE(mailbox.wake_due(UINT64_MAX - 1));
  EXPECT_EQ(read_all(), 0u);
}

TEST(MailboxQueue, IsBoundedByMessagesAndByBytes) {
  using Refusal = MessageThread::Refusal;
  constexpr std::size_t kHalf = Mailbox::kQueuedBytesMax / 2;
  Mailbox mailbox{3, Mailbox::kQueuedBytesMax + 1};
  mailbox.set_live(2, true);
  const std::vector<std::uint8_t> bytes(Mailbox::kQueuedBytesMax + 1);
  bool wake = false;
  const auto submit = [&](std::size_t size, bool essential = false) {
    Refusal why = Refusal::none;
    return mailbox.submit(2, std::span(bytes).first(size), {.essential = essential}, why, wake) != 0 ? Refusal::none : why;
  };
  const auto ended = [&](std::uint64_t id) {
    MessageNotice notice;
    notice.kind = MessageNotice::Kind::delivered;
    notice.node = 2;
    notice.id = id;
    mailbox.deliver(std::move(notice));
  };
  EXPECT_EQ(submit(kHalf), Refusal::none);
  EXPECT_EQ(submit(kHalf), Refusal::none);
  EXPECT_EQ(submit(1), Refusal::overflow) << "bytes";
  ended(1);
  EXPECT_EQ(submit(1), Refusal::none);
  EXPECT_EQ(submit(1), Refusal::none);
  EXPECT_EQ(submit(1), Refusal::overflow) << "messages";
  EXPECT_EQ(mailbox.under_way(), 3u);
  ended(4);  // and with it those before
  EXPECT_EQ(mailbox.under_way(), 0u);
  EXPECT_EQ(submit(bytes.size()), Refusal::none) << "one message always";
}

TEST(MailboxQueue, WhatIsEssentialIsAcceptedWhereOthersAreRefusedUntilMemoryIsToo) {
  using Refusal = MessageThread::Refusal;
  Mailbox mailbox{1, Mailbox::kQueuedBytesMax};
  for (const std::uint16_t node : {2, 3}) mailbox.set_live(node, true);
  const std::vector<std::uint8_t> bytes(Mailbox::kQueuedBytesMax);
  bool wake = false;
  const auto submit = [&](std::uint16_t node, std::size_t size, bool essential) {
    Refusal why = Refusal::none;
    return mailbox.submit(node, std::span(bytes).first(size), {.essential = essential}, why, wake) != 0 ? Refusal::none : why;
  };
  EXPECT_EQ(submit(2, 1, false), Refusal::none);
  EXPECT_EQ(submit(2, 1, false), Refusal::overflow);
  for (std::size_t count = 1; count < Mailbox::kEssentialMax; count++) ASSERT_EQ(submit(2, 1, true), Refusal::none) << count;
  EXPECT_EQ(submit(2, 1, true), Refusal::overflow) << "messages";
  EXPECT_EQ(submit(3, bytes.size(), true), Refusal::none);
  EXPECT_EQ(submit(3, 1, false), Refusal::overflow);
  EXPECT_EQ(submit(3, bytes.size(), true), Refusal::none);
  EXPECT_EQ(submit(3, 1, true), Refusal::overflow) << "bytes";
}

}  // namespace
}  // namespace heartwire
