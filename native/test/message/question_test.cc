// Questions that are answered without JavaScript (Q2): their bodies, and what is kept of them.
#include "core/message/question.h"

#include <gtest/gtest.h>

namespace heartwire {
namespace {

std::vector<std::uint8_t> text(std::size_t bytes, std::uint8_t seed = 1) {
  std::vector<std::uint8_t> all(bytes);
  for (std::size_t at = 0; at < bytes; at++) all[at] = static_cast<std::uint8_t>(at * 7 + seed);
  return all;
}

// Cut as the engine cuts it.
AnswerPiece piece_of(const std::vector<std::uint8_t>& bytes, std::uint32_t offset, std::uint64_t question, std::uint64_t revision) {
  const std::size_t length = std::min(kPieceBytes, bytes.size() - offset);
  return {question, 5, revision, static_cast<std::uint32_t>(bytes.size()), offset, std::span(bytes).subspan(offset, length)};
}

TEST(Question, BodiesComeBackAsTheyWere) {
  std::array<std::uint8_t, 2048> out;
  std::uint64_t question = 0;
  ASSERT_TRUE(decode_question(std::span(out).first(encode_question(77, out)), question));
  EXPECT_EQ(question, 77u);
  const auto bytes = text(2500);
  const std::size_t length = encode_answer(piece_of(bytes, 2048, 9, 3), out);
  AnswerPiece back;
  ASSERT_TRUE(decode_answer(std::span(out).first(length), back));
  EXPECT_EQ(back.question, 9u);
  EXPECT_EQ(back.age_ns, 5u);
  EXPECT_EQ(back.revision, 3u);
  EXPECT_EQ(back.bytes, 2500u);
  EXPECT_EQ(back.offset, 2048u);
  EXPECT_EQ(std::vector<std::uint8_t>(back.piece.begin(), back.piece.end()), std::vector<std::uint8_t>(bytes.begin() + 2048, bytes.end()));
}

TEST(Question, WhatIsNotWellFormedIsRefused) {
  std::uint64_t question = 0;
  EXPECT_FALSE(decode_question(text(7), question));
  EXPECT_FALSE(decode_question(text(9), question));
  EXPECT_FALSE(decode_question(std::vector<std::uint8_t>(8), question)) << "no question 0";
  std::array<std::uint8_t, 2048> out;
  AnswerPiece back;
  const auto refused = [&](const AnswerPiece& answer) { return !decode_answer(std::span(out).first(encode_answer(answer, out)), back); };
  const auto bytes = text(2500);
  const AnswerPiece good = piece_of(bytes, 1024, 9, 3);
  EXPECT_FALSE(refused(good));
  AnswerPiece bad = good;
  bad.question = 0;
  EXPECT_TRUE(refused(bad));
  bad = good;
  bad.offset = 1000;
  EXPECT_TRUE(refused(bad)) << "pieces begin at their places";
  bad = good;
  bad.bytes = 1024;
  EXPECT_TRUE(refused(bad)) << "behind the end";
  bad = good;
  bad.bytes = kPublishedBytesMax + 1;
  EXPECT_TRUE(refused(bad));
  bad = good;
  bad.piece = bad.piece.first(1000);
  EXPECT_TRUE(refused(bad)) << "a piece cut short";
  EXPECT_FALSE(decode_answer(std::span(out).first(kAnswerHeaderBytes - 1), back));
}

TEST(Question, WhatWasPublishedLastCounts) {
  Published published;
  EXPECT_EQ(published.copy().bytes, nullptr);
  published.set(text(3), 1000);
  const auto before = published.copy();
  published.set(text(5), 2000);
  EXPECT_EQ(before.bytes->size(), 3u) << "a copy stays as it is";
  EXPECT_EQ(published.copy().bytes->size(), 5u);
  EXPECT_EQ(published.copy().since_ns, 2000u);
  EXPECT_GT(published.copy().revision, before.revision);
}

TEST(Question, OneNodeIsAnsweredSoOftenOnly) {
  AnswerBudget budget;
  std::uint64_t now_ns = AnswerBudget::kPeriodNs;
  for (unsigned i = 0; i < AnswerBudget::kQuestionsMax; i++) EXPECT_TRUE(budget.spend(now_ns + i));
  EXPECT_FALSE(budget.spend(now_ns + AnswerBudget::kPeriodNs - 1));
  EXPECT_TRUE(budget.spend(now_ns + AnswerBudget::kPeriodNs));
}

TEST(Inquiries, AreCompleteWithAllPiecesInAnyOrder) {
  Inquiries inquiries;
  std::optional<Inquiries::Complete> complete;
  const auto bytes = text(2500);
  inquiries.ask(9);
  EXPECT_TRUE(inquiries.take(piece_of(bytes, 2048, 9, 3), complete));
  EXPECT_TRUE(inquiries.take(piece_of(bytes, 0, 9, 3), complete));
  EXPECT_FALSE(inquiries.take(piece_of(bytes, 0, 9, 3), complete)) << "the copy over another network";
  EXPECT_FALSE(complete.has_value());
  EXPECT_TRUE(inquiries.take(piece_of(bytes, 1024, 9, 3), complete));
  ASSERT_TRUE(complete.has_value());
  EXPECT_EQ(complete->bytes, bytes);
  EXPECT_FALSE(inquiries.take(piece_of(bytes, 1024, 9, 3), complete)) << "it is answered";
}

TEST(Inquiries, NeverMixWhatWasPublishedAtDifferentTimes) {
  Inquiries inquiries;
  std::optional<Inquiries::Complete> complete;
  const auto older = text(2000, 1), newer = text(2000, 2);
  inquiries.ask(9);
  EXPECT_TRUE(inquiries.take(piece_of(older, 0, 9, 3), complete));
  EXPECT_TRUE(inquiries.take(piece_of(newer, 1024, 9, 4), complete));
  EXPECT_FALSE(inquiries.take(piece_of(older, 1024, 9, 3), complete));
  EXPECT_TRUE(inquiries.take(piece_of(newer, 0, 9, 4), complete));
  ASSERT_TRUE(complete.has_value());
  EXPECT_EQ(complete->bytes, newer);
}

TEST(Inquiries, OnlyTheNewestAreOpen) {
  Inquiries inquiries;
  std::optional<Inquiries::Complete> complete;
  const auto bytes = text(0);
  EXPECT_FALSE(inquiries.take(piece_of(bytes, 0, 1, 1), complete)) << "nobody asked";
  for (std::uint64_t id = 1; id <= Inquiries::kOpenMax + 1; id++) inquiries.ask(id);
  EXPECT_FALSE(inquiries.take(piece_of(bytes, 0, 1, 1), complete)) << "pushed out";
  EXPECT_TRUE(inquiries.take(piece_of(bytes, 0, 2, 1), complete));
  ASSERT_TRUE(complete.has_value()) << "nothing published: one empty piece";
}

}  // namespace
}  // namespace heartwire
