// Questions that are answered without JavaScript (Q2).
#include "core/message/question.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

const std::vector<std::uint8_t> kQuestion = {kQuestionMark, 1, 2, 3, 4, 5, 6, 7, 8};

TEST(Question, IsAnsweredWithWhatWasPublishedLastAndItsAge) {
  Published published;
  const std::vector<std::uint8_t> first = {9, 9};
  const std::vector<std::uint8_t> last = {7};
  published.set(first, 1000);
  published.set(last, 2000);
  const auto answer = published.answer(kQuestion, 2000 + 0x0102);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer, (std::vector<std::uint8_t>{kAnswerMark, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 1, 2, 7}));
}

TEST(Question, BeforeAnythingIsPublishedHasAnEmptyAnswer) {
  const Published published;
  const auto answer = published.answer(kQuestion, 5000);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->size(), kQuestionBytes + 8);
}

TEST(Question, IsNothingElse) {
  const Published published;
  EXPECT_FALSE(published.answer({}, 1).has_value());
  std::vector<std::uint8_t> other = kQuestion;
  other[0] = 0x83;
  EXPECT_FALSE(published.answer(other, 1).has_value());
  other = kQuestion;
  other.push_back(0);
  EXPECT_FALSE(published.answer(other, 1).has_value());
  other.resize(kQuestionBytes - 1);
  EXPECT_FALSE(published.answer(other, 1).has_value());
}

}  // namespace
}  // namespace heartwire
