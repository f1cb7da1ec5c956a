// A question that one node's program asks another's, and that is answered on the message thread, from what JavaScript has
// published last: so a member whose event loop is blocked still says how far it had got, and how old that is (Q2, X5).
#pragma once
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace heartwire {

// question: kQuestionMark, 8 bytes of the asker's choice.
// answer: kAnswerMark, the same 8 bytes, age of what follows in ns (8 bytes, big endian), what was published.
// No message of JavaScript begins so: those are CBOR arrays.
inline constexpr std::uint8_t kQuestionMark = 0x00;
inline constexpr std::uint8_t kAnswerMark = 0x01;
inline constexpr std::size_t kQuestionBytes = 9;
inline constexpr std::size_t kPublishedBytesMax = 64 << 10;

class Published {
 public:
  // JavaScript's side: it counts from now on. Longer ones are cut off by the caller's check.
  void set(std::span<const std::uint8_t> bytes, std::uint64_t now_ns);
  // The message thread's side. Nothing: it is no question, and JavaScript's to read.
  std::optional<std::vector<std::uint8_t>> answer(std::span<const std::uint8_t> question, std::uint64_t now_ns) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t since_ns_ = 0;
};

}  // namespace heartwire
