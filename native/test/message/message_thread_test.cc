// The message thread on real networks: nodes find each other, talk, lose a network, lose an interface, and restart.
#include "test/message/two_posts.h"

#include "core/rt/clock.h"

namespace heartwire::test {
namespace {

using Kind = MessageNotice::Kind;
using Refusal = MessageThread::Refusal;

std::vector<std::uint64_t> message_ids(const Post& post) {
  std::vector<std::uint64_t> ids;
  for (const MessageNotice& notice : post.notices) {
    if (notice.kind == Kind::message) ids.push_back(notice.id);
  }
  return ids;
}

void expect_consecutive(const std::vector<std::uint64_t>& ids, std::size_t count) {
  ASSERT_EQ(ids.size(), count);
  for (std::size_t i = 0; i < count; i++) ASSERT_EQ(ids[i], i + 1);
}

TEST_F(TwoPosts, MeetByBroadcastAndHandSessionsOver) {
  start();
  ASSERT_TRUE(meet());
  // A path is told of as soon as it is proven, and handed over after that: the notices alone do not say that both were.
  ASSERT_TRUE(until([&] { return a->paths_handed_over() >= 2; }));
  const std::lock_guard lock(a->mutex);
  ASSERT_EQ(a->sessions.size(), 1u);
  for (const SessionHandover& handover : a->handovers) {
    if (!handover.path) continue;
    EXPECT_EQ(handover.beat_address.port, 6001);
    EXPECT_EQ(handover.beat_address.bytes[2], handover.link_id);
    EXPECT_EQ(handover.beat_address.bytes[3], 2);
  }
}

TEST_F(TwoPosts, MeetOverRawEthernet) {
  start(LinkKind::ethernet);
  ASSERT_TRUE(meet());
  a->send(100'000);
  ASSERT_TRUE(until([&] { return b->count(Kind::message) == 1; }));
  ASSERT_TRUE(until([&] { return a->paths_handed_over() >= 1; }));
  const std::lock_guard lock(a->mutex);
  EXPECT_EQ(a->handovers.back().beat_address.family, AddressFamily::mac);
}

TEST_F(TwoPosts, MeetOverIpv6) {
  start(LinkKind::udp, AddressFamily::ipv6);
  ASSERT_TRUE(meet());
  a->send(5000);
  EXPECT_TRUE(until([&] { return b->count(Kind::message) == 1; }));
}

TEST_F(TwoPosts, TenThousandBothWaysWhileOneNetworkFallsSilent) {
  start();
  ASSERT_TRUE(meet());
  constexpr std::size_t kMessages = 10'000;
  std::size_t sent_a = 0, sent_b = 0;
  int phase = 0;
  ASSERT_TRUE(until([&] {
    const std::size_t allowed = phase == 0 ? kMessages / 2 : kMessages;
    while (sent_a < allowed && a->send(sent_a % 100 == 0 ? 20'000 : 100) != 0) sent_a++;
    while (sent_b < allowed && b->send(sent_b % 100 == 0 ? 20'000 : 100) != 0) sent_b++;
    if (phase == 0 && b->count(Kind::message) > kMessages / 4) {
      phase = 1;
      silence("net0", true);
    }
    return a->count(Kind::message) == kMessages && b->count(Kind::message) == kMessages;
  }, 60'000));
  silence("net0", false);
  EXPECT_EQ(phase, 1);
  expect_consecutive(message_ids(*a), kMessages);
  expect_consecutive(message_ids(*b), kMessages);
  EXPECT_TRUE(until([&] { return a->thread->under_way() == 0; }));
  EXPECT_EQ(a->count(Kind::undeliverable), 0u);
}

TEST_F(TwoPosts, RefusalsAreGivenAtOnce) {
  start();
  Refusal why = Refusal::none;
  EXPECT_EQ(a->thread->send(2, {}, why), 0u);
  EXPECT_EQ(why, Refusal::no_session);
  ASSERT_TRUE(meet());
  const std::vector<std::uint8_t> huge(kMessageBytesMax + 1);
  EXPECT_EQ(a->thread->send(2, huge, why), 0u);
  EXPECT_EQ(why, Refusal::too_long);
  EXPECT_NE(a->thread->send(2, std::span(huge).first(kMessageBytesMax), why), 0u);
  MessageParameters parameters;
  parameters.queue_overflow_threshold = 3;
  a->thread->set_parameters(parameters);
  silence("net0", true);
  for (int i = 0; i < 10'000 && why == Refusal::none; i++) a->thread->send(2, std::span(huge).first(500'000), why);
  EXPECT_EQ(why, Refusal::overflow);
  EXPECT_EQ(a->thread->counters().back(), 1u) << "sends_refused";
  silence("net0", false);
  a->thread->forget(2);
  EXPECT_EQ(a->thread->send(2, {}, why), 0u);
  EXPECT_EQ(why, Refusal::no_session);
}

TEST_F(TwoPosts, AnInterfaceThatVanishesComesBack) {
  start();
  ASSERT_TRUE(meet());
  space_a->run([] { ip("link del net0"); });
  ASSERT_TRUE(until([&] { return a->count(Kind::interface_gone) == 1 && b->count(Kind::interface_gone) == 1; }));
  a->send(100);
  a->send(50'000);
  ASSERT_TRUE(until([&] { return b->count(Kind::message) == 2; }));
  make_network(0);
  ASSERT_TRUE(until([&] { return a->count(Kind::interface_back) == 1 && b->count(Kind::interface_back) == 1; }));
  const std::uint64_t accepted = b->counter(MessageCounter::fragments_accepted) + b->counter(MessageCounter::fragments_duplicate);
  ASSERT_TRUE(until([&] {
    a->send(100);
    return b->counter(MessageCounter::fragments_duplicate) > 0 &&
           b->counter(MessageCounter::fragments_accepted) + b->counter(MessageCounter::fragments_duplicate) > accepted + 2;
  })) << "frames pass over both networks again";
}

TEST_F(TwoPosts, ALinkThatCannotBeOpenedIsReportedAndTriedAgain) {
  space_a->run([] { ip("link set net1 name other"); });
  a = std::make_unique<Post>(*space_a, [] { MessageOptions plain = options(1); plain.plain = true; return plain; }(), nullptr);
  ASSERT_NE(a->thread, nullptr);
  ASSERT_EQ(a->problems.size(), 2u) << "messages and discovery";
  EXPECT_NE(a->problems[0].what.find("net1"), std::string::npos);
  b = std::make_unique<Post>(*space_b, [] { MessageOptions plain = options(2); plain.plain = true; return plain; }(), nullptr);
  space_a->run([] { ip("link set other down"); ip("link set other name net1"); ip("link set net1 up"); });
  ASSERT_TRUE(until([&] { return a->count(Kind::interface_back) == 1; }));
  EXPECT_TRUE(meet());
}

TEST_F(TwoPosts, ARestartIsANewSession) {
  start();
  ASSERT_TRUE(meet());
  b.reset();
  for (int i = 0; i < 5; i++) a->send(100);
  MessageOptions reborn = options(2);
  reborn.self.boot = 1001;
  reborn.self.salt.fill(77);
  const std::vector<std::uint8_t> key(32, 9);
  const KeyRing::Entry entry{1, key};
  std::string why;
  b = std::make_unique<Post>(*space_b, reborn, KeyRing::build(std::span(&entry, 1), why));
  ASSERT_TRUE(meet());
  ASSERT_TRUE(until([&] { return a->count(Kind::session_up) == 2; }));
  EXPECT_TRUE(until([&] { return a->count(Kind::undeliverable) == 5; }));
  a->send(100);
  EXPECT_TRUE(until([&] { return b->count(Kind::message) == 1; }));
}

TEST_F(TwoPosts, KeysRotateUnderTraffic) {
  start();
  ASSERT_TRUE(meet());
  const std::vector<std::uint8_t> old_key(32, 9), new_key(32, 10);
  const KeyRing::Entry both[] = {{1, old_key}, {2, new_key}}, turned[] = {{2, new_key}, {1, old_key}}, last[] = {{2, new_key}};
  std::string why;
  std::size_t sent = 0;
  for (const std::span<const KeyRing::Entry> entries : {std::span<const KeyRing::Entry>(both), std::span<const KeyRing::Entry>(turned), std::span<const KeyRing::Entry>(last)}) {
    for (Post* post : {a.get(), b.get()}) {
      post->thread->set_keys(KeyRing::build(entries, why));
      for (int i = 0; i < 100; i++) sent += a->send(2000) != 0 ? 1 : 0;
      ASSERT_TRUE(until([&] { return b->count(Kind::message) == sent; }));
    }
  }
  expect_consecutive(message_ids(*b), 600);
  EXPECT_EQ(a->count(Kind::bad_key), 0u);
}

}  // namespace
}  // namespace heartwire::test
