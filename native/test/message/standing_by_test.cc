// JavaScript's own thread receives what has come, in the message thread's place, which stands by and looks whether that goes on.
#include <poll.h>

#include "core/rt/clock.h"
#include "test/message/two_posts.h"

namespace heartwire::test {
namespace {

using Kind = MessageNotice::Kind;

class StandingBy : public TwoPosts {
 protected:
  void SetUp() override {
    TwoPosts::SetUp();
    if (IsSkipped()) return;
    start();
    ASSERT_TRUE(meet());
  }
  // As an event loop does it: what has come is received as soon as it has come.
  // True: messages came so.
  bool turn() {
    pollfd waiting{b->thread->arrivals(), POLLIN, 0};
    if (poll(&waiting, 1, 1) <= 0) return false;
    const std::size_t known = b->count(Kind::message);
    b->thread->receive();
    b->drain();
    b->thread->flush();
    return b->count(Kind::message) > known;
  }
  bool until_b_receives_itself() {
    return until([this] {
      sent_ = a->send(100);  // ids count all
      return turn() && b->thread->looks();
    });
  }
  std::uint64_t sent_ = 0;
};

TEST_F(StandingBy, WhoPollsReceivesByItself) {
  ASSERT_TRUE(until_b_receives_itself());
  std::uint64_t sent = 0;  // ids count all
  for (int i = 0; i < 200; i++) sent = a->send(i % 50 == 0 ? 20'000 : 100);
  EXPECT_TRUE(until([&] { turn(); return b->count(Kind::message) == sent && a->thread->under_way() == 0; }));
}

TEST_F(StandingBy, TheThreadStandsInForWhoStopsReceiving) {
  ASSERT_TRUE(until_b_receives_itself());
  std::uint64_t sent = 0;
  for (int i = 0; i < 50; i++) sent = a->send(100);
  EXPECT_TRUE(until([&] { return b->count(Kind::message) == sent; }));
  EXPECT_TRUE(until([&] { return !b->thread->looks(); })) << "it would be woken late for every message";
  a->send(100);
  EXPECT_TRUE(until([&] { return b->count(Kind::message) == sent + 1; }));
}

// Without a look it would wait for some timer of the thread, half a second on the average.
TEST_F(StandingBy, WhatIsGivenAndNotFlushedGoesSoon) {
  const std::uint64_t until_ns = boot_time_ns() + 20'000'000'000;
  for (std::size_t round = 1; round <= 60; round++) {
    ASSERT_TRUE(until_b_receives_itself());
    ASSERT_TRUE(until([&] { return a->thread->under_way() == 0 && b->thread->under_way() == 0; })) << "nothing else is due";
    MessageThread::Refusal why;
    ASSERT_NE(b->thread->send(1, std::vector<std::uint8_t>(100), why, {.waits = true}), 0u);
    ASSERT_TRUE(until([&] { return a->count(Kind::message) == round; })) << "its sender may be blocked";
  }
  EXPECT_LT(boot_time_ns(), until_ns);
}

}  // namespace
}  // namespace heartwire::test
