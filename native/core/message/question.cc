// See question.h.
#include "core/message/question.h"

namespace heartwire {

void Published::set(std::span<const std::uint8_t> bytes, std::uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  bytes_.assign(bytes.begin(), bytes.end());
  since_ns_ = now_ns;
}

std::optional<std::vector<std::uint8_t>> Published::answer(std::span<const std::uint8_t> question, std::uint64_t now_ns) const {
  if (question.size() != kQuestionBytes || question[0] != kQuestionMark) return std::nullopt;
  const std::lock_guard lock(mutex_);
  std::vector<std::uint8_t> answer(question.begin(), question.end());
  answer[0] = kAnswerMark;
  const std::uint64_t age_ns = now_ns > since_ns_ && since_ns_ != 0 ? now_ns - since_ns_ : 0;
  for (int shift = 56; shift >= 0; shift -= 8) answer.push_back(static_cast<std::uint8_t>(age_ns >> shift));
  answer.insert(answer.end(), bytes_.begin(), bytes_.end());
  return answer;
}

}  // namespace heartwire
