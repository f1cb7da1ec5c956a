// Questions and answers: what they move in the engine. See question.h for why they are no messages.
#include "core/message/message_engine.h"

namespace heartwire {

// Over every proven path, since a single frame may be lost; who asks asks again.
void MessageEngine::ask(std::uint16_t node_id, std::uint64_t question) {
  MessagePeer* peer = live_peer(node_id);
  if (peer == nullptr) return;
  peer->inquiries.ask(question);
  std::array<std::uint8_t, kQuestionBytes> body;
  encode_question(question, body);
  for (std::uint8_t link_id = 0; link_id < kLinksMax; link_id++) {
    if ((peer->proven >> link_id & 1) == 0) continue;
    counters_.add(MessageCounter::questions_sent);
    send_frame(*peer, link_id, FrameType::question, body);
  }
}

Reject MessageEngine::on_question(MessagePeer& peer, std::uint8_t link_id, std::span<const std::uint8_t> body, std::uint64_t now_ns) {
  AnswerPiece answer;
  if (!decode_question(body, answer.question)) return Reject::body;
  counters_.add(MessageCounter::questions_received);
  if (!peer.answers.spend(now_ns)) {
    counters_.add(MessageCounter::questions_refused);
    return Reject::none;
  }
  const Published::Copy published = sink_.published();
  const std::span<const std::uint8_t> bytes =
      published.bytes == nullptr ? std::span<const std::uint8_t>{} : std::span<const std::uint8_t>(*published.bytes);
  answer.age_ns = published.bytes == nullptr || now_ns < published.since_ns ? 0 : now_ns - published.since_ns;
  answer.revision = published.revision;
  answer.bytes = static_cast<std::uint32_t>(bytes.size());
  std::array<std::uint8_t, kAnswerHeaderBytes + kPieceBytes> frame_body;
  do {
    answer.piece = bytes.subspan(answer.offset, std::min(kPieceBytes, bytes.size() - answer.offset));
    const std::size_t length = encode_answer(answer, frame_body);
    counters_.add(MessageCounter::answers_sent);
    send_frame(peer, link_id, FrameType::answer, std::span(frame_body).first(length));
    answer.offset += static_cast<std::uint32_t>(kPieceBytes);
  } while (answer.offset < answer.bytes);
  return Reject::none;
}

// The notice's payload: age in ns (8 bytes, little-endian), then what the other had published.
Reject MessageEngine::on_answer(MessagePeer& peer, std::uint8_t link_id, std::span<const std::uint8_t> body) {
  AnswerPiece answer;
  if (!decode_answer(body, answer)) return Reject::body;
  std::optional<Inquiries::Complete> complete;
  counters_.add(peer.inquiries.take(answer, complete) ? MessageCounter::answers_received : MessageCounter::answers_refused);
  if (!complete) return Reject::none;
  MessageNotice notice;
  notice.kind = MessageNotice::Kind::answer;
  notice.node = peer.id;
  notice.link = link_id;
  notice.boot = peer.who.boot;
  notice.id = answer.question;
  for (int shift = 0; shift < 64; shift += 8) notice.payload.push_back(static_cast<std::uint8_t>(complete->age_ns >> shift));
  notice.payload.insert(notice.payload.end(), complete->bytes.begin(), complete->bytes.end());
  sink_.notice(std::move(notice));
  return Reject::none;
}

}  // namespace heartwire
