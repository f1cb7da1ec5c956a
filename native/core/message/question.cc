// See question.h.
#include "core/message/question.h"

#include <algorithm>
#include <bit>

#include "core/wire/bytes.h"
#include "core/wire/frame.h"

namespace heartwire {

static_assert(kAnswerHeaderBytes + kPieceBytes <= kBodyBytesMax);

std::size_t encode_question(std::uint64_t question, std::span<std::uint8_t> out) {
  ByteWriter writer(out);
  writer.u64(question);
  return writer.done();
}

bool decode_question(std::span<const std::uint8_t> body, std::uint64_t& question) {
  ByteReader reader(body);
  question = reader.u64();
  reader.require(question != 0);
  return reader.done();
}

std::size_t encode_answer(const AnswerPiece& answer, std::span<std::uint8_t> out) {
  ByteWriter writer(out);
  writer.u64(answer.question);
  writer.u64(answer.age_ns);
  writer.u64(answer.revision);
  writer.u32(answer.bytes);
  writer.u32(answer.offset);
  writer.bytes(answer.piece);
  return writer.done();
}

bool decode_answer(std::span<const std::uint8_t> body, AnswerPiece& answer) {
  if (body.size() < kAnswerHeaderBytes) return false;
  ByteReader reader(body.first(kAnswerHeaderBytes));
  answer.question = reader.u64();
  answer.age_ns = reader.u64();
  answer.revision = reader.u64();
  answer.bytes = reader.u32();
  answer.offset = reader.u32();
  answer.piece = body.subspan(kAnswerHeaderBytes);
  reader.require(answer.question != 0 && answer.bytes <= kPublishedBytesMax && answer.offset % kPieceBytes == 0);
  reader.require(answer.offset < answer.bytes || (answer.offset == 0 && answer.bytes == 0));
  return reader.done() && answer.piece.size() == std::min<std::size_t>(kPieceBytes, answer.bytes - answer.offset);
}

void Published::set(std::span<const std::uint8_t> bytes, std::uint64_t now_ns) {
  auto fresh = std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
  const std::lock_guard lock(mutex_);
  last_.bytes = std::move(fresh);
  last_.since_ns = now_ns;
  last_.revision++;
}

Published::Copy Published::copy() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

bool AnswerBudget::spend(std::uint64_t now_ns) {
  if (now_ns - since_ns_ >= kPeriodNs) {
    since_ns_ = now_ns;
    spent_ = 0;
  }
  if (spent_ >= kQuestionsMax) return false;
  spent_++;
  return true;
}

void Inquiries::ask(std::uint64_t question) {
  if (open_.size() == kOpenMax) open_.pop_front();
  Open& open = open_.emplace_back();
  open.question = question;
}

bool Inquiries::take(const AnswerPiece& answer, std::optional<Complete>& complete) {
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.question == answer.question; });
  if (found == open_.end() || answer.revision < found->revision) return false;
  if (answer.revision > found->revision || found->so_far.bytes.size() != answer.bytes) {
    found->revision = answer.revision;
    found->arrived = 0;
    found->so_far = {answer.age_ns, std::vector<std::uint8_t>(answer.bytes)};
  }
  const std::size_t place = answer.offset / kPieceBytes;
  const std::uint64_t bit = std::uint64_t{1} << place;
  if ((found->arrived & bit) != 0) return false;
  found->arrived |= bit;
  std::copy(answer.piece.begin(), answer.piece.end(), found->so_far.bytes.begin() + static_cast<std::ptrdiff_t>(answer.offset));
  const std::size_t pieces = std::max<std::size_t>(1, (answer.bytes + kPieceBytes - 1) / kPieceBytes);
  if (static_cast<std::size_t>(std::popcount(found->arrived)) < pieces) return true;
  complete = std::move(found->so_far);
  open_.erase(found);
  return true;
}

}  // namespace heartwire
