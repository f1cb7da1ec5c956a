// A question that one node's program asks another's, and that is answered on the message thread, from what JavaScript has
// published last: so a member whose event loop is blocked still says how far it had got, and how old that is (Q2, X5).
//
// Questions and answers are frames of their own, not messages: they wait for no send window, and come through where a full
// queue holds all messages back. Each may be lost; who asks asks again. An answer is as many frames as it has pieces.
//
//   question  0 id u64
//   answer    0 id u64 | 8 age u64, ns | 16 revision u64 | 24 bytes in all u32 | 28 offset u32 | 32 piece ...
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace heartwire {

inline constexpr std::size_t kPublishedBytesMax = 64 << 10;
inline constexpr std::size_t kPieceBytes = 1024;
inline constexpr std::size_t kPiecesMax = kPublishedBytesMax / kPieceBytes;
inline constexpr std::size_t kQuestionBytes = 8;
inline constexpr std::size_t kAnswerHeaderBytes = 32;

struct AnswerPiece {
  std::uint64_t question = 0;           // 1 or higher
  std::uint64_t age_ns = 0;
  std::uint64_t revision = 0;           // grows with each publication
  std::uint32_t bytes = 0;              // of all pieces together; at most kPublishedBytesMax
  std::uint32_t offset = 0;             // a multiple of kPieceBytes
  std::span<const std::uint8_t> piece;  // kPieceBytes, or what is left
};

// Each returns the bytes written, 0 when they do not fit.
std::size_t encode_question(std::uint64_t question, std::span<std::uint8_t> out);
std::size_t encode_answer(const AnswerPiece& answer, std::span<std::uint8_t> out);
// Each returns false unless the body is exactly well formed. The piece lies in `body`.
bool decode_question(std::span<const std::uint8_t> body, std::uint64_t& question);
bool decode_answer(std::span<const std::uint8_t> body, AnswerPiece& answer);

// What JavaScript said last, for the message thread (neither is the beat thread: one short lock).
class Published {
 public:
  struct Copy {
    std::shared_ptr<const std::vector<std::uint8_t>> bytes;  // null: nothing yet
    std::uint64_t since_ns = 0;
    std::uint64_t revision = 0;
  };
  void set(std::span<const std::uint8_t> bytes, std::uint64_t now_ns);
  Copy copy() const;

 private:
  mutable std::mutex mutex_;
  Copy last_;
};

// How many questions of one node are answered: an answer is longer than its question.
class AnswerBudget {
 public:
  static constexpr std::uint64_t kPeriodNs = 100'000'000;
  static constexpr unsigned kQuestionsMax = 16;
  bool spend(std::uint64_t now_ns);

 private:
  std::uint64_t since_ns_ = 0;
  unsigned spent_ = 0;
};

// What was asked of one node and is not answered yet. Only what was asked for is believed, and each once; the newest
// kOpenMax questions count.
class Inquiries {
 public:
  static constexpr std::size_t kOpenMax = 8;
  struct Complete {
    std::uint64_t age_ns = 0;
    std::vector<std::uint8_t> bytes;
  };
  void ask(std::uint64_t question);
  // False: nobody asked for it, or it was there already. The last missing piece sets `complete`.
  bool take(const AnswerPiece& answer, std::optional<Complete>& complete);
  void clear() { open_.clear(); }

 private:
  struct Open {
    std::uint64_t question = 0;
    std::uint64_t revision = 0;  // pieces of an older one are of no use
    std::uint64_t arrived = 0;   // a bit for each piece
    Complete so_far;
  };
  std::deque<Open> open_;
};

static_assert(kPiecesMax <= 64);

}  // namespace heartwire
