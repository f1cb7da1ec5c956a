// Questions over sessions (Q2): a node that takes no messages any more still answers, within a budget, and only members.
#include <gtest/gtest.h>

#include "test/message/fleet.h"

namespace heartwire::fleet {
namespace {

using Kind = MessageNotice::Kind;

struct Pair {
  explicit Pair(std::uint64_t seed) : fleet(seed), a(fleet.add({})), b(fleet.add(second())) {
    fleet.announce_all("x");
    fleet.run_for(100 * kMs);
  }
  static NodeSettings second() {
    NodeSettings settings;
    settings.node_id = 2;
    return settings;
  }
  Fleet fleet;
  Node& a;
  Node& b;
};

std::vector<std::uint8_t> text(std::size_t bytes) {
  std::vector<std::uint8_t> all(bytes);
  for (std::size_t at = 0; at < bytes; at++) all[at] = static_cast<std::uint8_t>(at * 31);
  return all;
}

TEST(SessionQuestion, IsAnsweredOnceWithWhatWasPublishedAndItsAge) {
  Pair pair(1);
  pair.b.says.set(text(10'000), pair.fleet.now_ns - 500 * kMs);
  pair.a.engine->ask(2, 41);
  pair.fleet.run_for(20 * kMs);
  const auto answers = pair.a.of(Kind::answer, 2);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].id, 41u);
  std::uint64_t age_ns = 0;
  for (int i = 7; i >= 0; i--) age_ns = age_ns << 8 | answers[0].payload[static_cast<std::size_t>(i)];
  EXPECT_GE(age_ns, 500 * kMs);
  EXPECT_LT(age_ns, 520 * kMs);
  EXPECT_EQ(std::vector<std::uint8_t>(answers[0].payload.begin() + 8, answers[0].payload.end()), text(10'000));
  EXPECT_TRUE(pair.b.notices.empty() || pair.b.of(Kind::answer).empty());
  EXPECT_GT(pair.a.count(MessageCounter::answers_refused), 0u) << "the copy over the other network";
}

TEST(SessionQuestion, NeedsNoRoomAndNoWindow) {
  Pair pair(2);
  pair.b.says.set(text(500), pair.fleet.now_ns);
  pair.b.has_room = false;  // its JavaScript is blocked, and its queue is full
  for (int i = 0; i < 500; i++) pair.a.say(2, 1000);
  pair.fleet.run_for(200 * kMs);
  ASSERT_TRUE(pair.b.received_ids(1).empty());
  pair.a.engine->ask(2, 1);
  pair.fleet.run_for(20 * kMs);
  EXPECT_EQ(pair.a.of(Kind::answer, 2).size(), 1u);
}

TEST(SessionQuestion, MayBeLostAndIsAskedAgain) {
  Pair pair(3);
  pair.b.says.set(text(4'000), pair.fleet.now_ns);
  pair.fleet.loss = 0.3;
  for (std::uint64_t id = 1; id <= 50 && pair.a.of(Kind::answer, 2).empty(); id++) {
    pair.a.engine->ask(2, id);
    pair.fleet.run_for(100 * kMs);
  }
  EXPECT_FALSE(pair.a.of(Kind::answer, 2).empty());
}

TEST(SessionQuestion, TooManyAreNotAnswered) {
  Pair pair(4);
  for (std::uint64_t id = 1; id <= 100; id++) pair.a.engine->ask(2, id);
  pair.fleet.run_for(20 * kMs);
  EXPECT_EQ(pair.b.count(MessageCounter::questions_received), 200u);
  EXPECT_EQ(pair.b.count(MessageCounter::questions_refused), 200u - AnswerBudget::kQuestionsMax);
  EXPECT_EQ(pair.b.count(MessageCounter::answers_sent), AnswerBudget::kQuestionsMax);
}

TEST(SessionQuestion, ARecordedOneMovesNothing) {
  Pair pair(5);
  std::vector<Crossing> recorded;
  pair.fleet.record = &recorded;
  pair.a.engine->ask(2, 1);
  pair.fleet.run_for(20 * kMs);
  pair.fleet.record = nullptr;
  const std::uint64_t answered = pair.b.count(MessageCounter::answers_sent);
  ASSERT_GT(answered, 0u);
  for (const Crossing& crossing : recorded) pair.fleet.replay(crossing);
  pair.fleet.run_for(20 * kMs);
  EXPECT_EQ(pair.b.count(MessageCounter::answers_sent), answered);
  EXPECT_GT(pair.b.count(Reject::replay), 0u);
  EXPECT_EQ(pair.a.of(Kind::answer, 2).size(), 1u);
}

TEST(SessionQuestion, NobodyIsAskedWithoutASession) {
  Pair pair(6);
  pair.a.engine->forget(2);
  pair.a.engine->ask(2, 1);
  pair.a.engine->ask(3, 1);
  EXPECT_EQ(pair.a.count(MessageCounter::questions_sent), 0u);
}

}  // namespace
}  // namespace heartwire::fleet
