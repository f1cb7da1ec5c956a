// Questions and answers from a peer that may say anything (it holds the key, yet may be broken). Oracle: what is accepted
// encodes to the same bytes; only what was asked completes, once, with as many bytes as it said.
#include <algorithm>
#include <array>
#include <set>

#include "core/message/question.h"
#include "core/wire/frame.h"
#include "fuzz/require.h"

using namespace heartwire;

namespace {

struct Asker {
  Inquiries inquiries;
  std::set<std::uint64_t> asked;

  void hear(const AnswerPiece& answer) {
    std::optional<Inquiries::Complete> complete;
    const bool taken = inquiries.take(answer, complete);
    if (!complete) return;
    REQUIRE(taken && asked.erase(answer.question) == 1 && complete->bytes.size() == answer.bytes);
  }
};

void raw_body(Asker& asker, std::span<const std::uint8_t> body) {
  std::array<std::uint8_t, kBodyBytesMax> again;
  std::uint64_t question = 0;
  if (decode_question(body, question)) {
    REQUIRE(encode_question(question, again) == body.size() && std::equal(body.begin(), body.end(), again.begin()));
  }
  AnswerPiece answer;
  if (!decode_answer(body, answer)) return;
  REQUIRE(encode_answer(answer, again) == body.size() && std::equal(body.begin(), body.end(), again.begin()));
  asker.hear(answer);
}

}  // namespace

// Steps of four bytes: ask, or a piece with small numbers, which come deeper; at the end a body as it stands.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<std::uint8_t, kPieceBytes> filler{};
  Asker asker;
  std::span<const std::uint8_t> rest(data, size);
  while (rest.size() > 4 && rest[0] < 128) {
    const std::uint64_t question = 1 + rest[1] % 12u;
    if (rest[0] % 4 == 0) {
      if (asker.asked.insert(question).second) asker.inquiries.ask(question);  // no id is asked twice
    } else {
      AnswerPiece answer;
      answer.question = question;
      answer.revision = rest[0] / 4u;
      answer.bytes = rest[2] * 257u;
      answer.offset = static_cast<std::uint32_t>(rest[3] % kPiecesMax * kPieceBytes);
      if (answer.offset < answer.bytes || (answer.offset == 0 && answer.bytes == 0)) {
        answer.piece = std::span(filler).first(std::min<std::size_t>(kPieceBytes, answer.bytes - answer.offset));
        asker.hear(answer);
      }
    }
    rest = rest.subspan(4);
  }
  if (!rest.empty()) raw_body(asker, rest.subspan(1));
  return 0;
}
