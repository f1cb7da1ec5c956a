// Fragments and acknowledgements from a peer that may say anything (it holds the key, yet may be broken). The input is
// a series of steps: bodies as they stand, and bodies with small numbers, which come deeper. Oracle: what is accepted
// encodes to the same bytes; memory stays bounded; messages are delivered with growing ids; every message
// of ours ends exactly once, and only after it was sent.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "core/message/reliable_receiver.h"
#include "core/message/reliable_sender.h"
#include "core/message/multicast_frame.h"
#include "core/message/stream_frame.h"
#include "core/wire/frame.h"
#include "fuzz/require.h"

using namespace heartwire;

namespace {

constexpr std::uint32_t kMessageBytesMax = 4096;

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t u8() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; i++) value = value << 8 | u8();
    return value;
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

class Peer final : public SenderSink {
 public:
  explicit Peer(std::uint32_t first_number) : sender(MessageParameters{}, *this, first_number), receiver(kMessageBytesMax, first_number) {
    sender.set_usable(0b11, now_ns);
  }
  void transmit(LinkMask links, const Fragment& fragment, bool, bool) override {
    REQUIRE(links != 0 && fragment.index < fragment.count && fragment.payload.size() + kStreamOverheadBytes <= kBodyBytesMax);
    REQUIRE(waiting.count(fragment.message) == 1);
    sent.insert(fragment.message);
  }
  void delivered(std::uint64_t id) override { REQUIRE(sent.count(id) == 1 && waiting.erase(id) == 1); }
  void undeliverable(std::uint64_t id) override { REQUIRE(waiting.erase(id) == 1); }

  void submit(std::size_t bytes) {
    waiting.insert(++last_id);
    sender.submit(last_id, std::vector<std::uint8_t>(bytes), now_ns);
  }
  void hear(const Fragment& fragment, bool room) {
    receiver.on_fragment(fragment, room, [this, room](std::uint64_t id, std::vector<std::uint8_t>&& payload, bool) {
      REQUIRE(room && id > highest && payload.size() <= kMessageBytesMax);
      highest = id;
    });
    REQUIRE(receiver.kept_bytes() <= kMessageBytesMax + kReceiveWindow * kBodyBytesMax && receiver.kept_fragments() < kReceiveWindow);
    FragmentAck back;
    std::array<std::uint8_t, 64> body;
    REQUIRE(decode_fragment_ack(std::span(body).first(encode_fragment_ack(receiver.ack(room), body)), back));
  }
  void hear(const FragmentAck& ack, std::uint8_t link_id) {
    sender.on_ack(ack, link_id, now_ns);
    REQUIRE(sender.in_flight() <= MessageParameters{}.send_window && sender.queued() == waiting.size());
  }

  std::uint64_t now_ns = 1;
  ReliableSender sender;
  ReliableReceiver receiver;
  std::set<std::uint64_t> waiting, sent;
  std::uint64_t last_id = 0, highest = 0;
};

void raw_frame(Peer& peer, std::span<const std::uint8_t> body, std::uint8_t link_id) {
  StreamFrame frame;
  if (!decode_stream_frame(body, frame)) return;
  PackedFragments packed;
  Fragment fragment;
  for (std::span<const std::uint8_t> rest = frame.fragments; take_fragment(rest, fragment); peer.hear(fragment, true)) {
    REQUIRE(packed.append(fragment, body.size()));
  }
  std::array<std::uint8_t, kBodyBytesMax> again, ack;
  const std::size_t ack_bytes = frame.acknowledges ? encode_fragment_ack(frame.ack, ack) : 0;
  REQUIRE(encode_stream_frame(frame.pressing, std::span(ack).first(ack_bytes), packed, again) == body.size());
  REQUIRE(std::equal(body.begin(), body.end(), again.begin()));
  if (frame.acknowledges) peer.hear(frame.ack, link_id);
}

constexpr std::uint16_t kNode = 2;
constexpr std::uint64_t kBoot = 7;

// What is for others is checked, too, but only what is for us can be encoded again: the places of the others are not kept.
void raw_multicast(Peer& peer, std::span<const std::uint8_t> body, std::uint8_t link_id) {
  MulticastFrame frame;
  if (!decode_multicast_frame(body, kNode, kBoot, frame)) return;
  if (frame.own < 0) return;
  PackedMulticast packed;
  Fragment fragment;
  for (std::span<const std::uint8_t> rest = frame.fragments; take_multicast_fragment(rest, frame, fragment); peer.hear(fragment, true)) {
    const MulticastPlace place{fragment.number, fragment.message};
    REQUIRE(packed.append(fragment, std::span(&place, 1), body.size()));
  }
  std::array<std::uint8_t, kBodyBytesMax> again, ack;
  const std::size_t ack_bytes = frame.acknowledges ? encode_fragment_ack(frame.ack, ack) : 0;
  const MulticastReceiver self{kNode, kBoot, frame.stream, std::span(ack).first(ack_bytes)};
  const std::size_t bytes = encode_multicast_frame(frame.pressing, std::span(&self, 1), packed, again);
  if (frame.receivers == 1) REQUIRE(bytes == body.size() && std::equal(body.begin(), body.end(), again.begin()));
  if (frame.acknowledges) peer.hear(frame.ack, link_id);
}

void raw_body(Peer& peer, std::span<const std::uint8_t> body, std::uint8_t link_id) {
  std::array<std::uint8_t, kBodyBytesMax> again;
  Fragment fragment;
  if (decode_fragment(body, fragment)) {
    REQUIRE(encode_fragment(fragment, again) == body.size() && std::equal(body.begin(), body.end(), again.begin()));
    peer.hear(fragment, true);
  }
  FragmentAck ack;
  if (decode_fragment_ack(body, ack)) {
    REQUIRE(encode_fragment_ack(ack, again) == body.size() && std::equal(body.begin(), body.end(), again.begin()));
    peer.hear(ack, link_id);
  }
  raw_frame(peer, body, link_id);
  raw_multicast(peer, body, link_id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<std::uint8_t, kBodyBytesMax> filler{};
  Bytes in(data, size);
  const std::uint32_t first_number = in.u8() % 2 == 0 ? 0 : 0xfffffffa;
  Peer peer(first_number);
  while (!in.empty()) {
    const std::uint8_t step = in.u8();
    const std::uint8_t link_id = step >> 3 & 1;
    if (step % 6 == 0) raw_body(peer, in.take(in.u8() * 2), link_id);
    if (step % 6 == 1) {
      const std::uint32_t stream = 1 + in.u8() % 4, number = first_number + in.u8(), index = in.u8() % 8;
      const std::uint64_t message = 1 + in.u8() % 16;
      peer.hear({stream, number, message, index, static_cast<std::uint16_t>(index + 1 + in.u8() % 4), std::span(filler).first(in.u8() * 5 + 1)}, step < 250);
    }
    if (step % 6 == 2) {
      FragmentAck ack;
      ack.stream = peer.sender.stream() - in.u8() % 2;
      ack.next = first_number + in.u8();
      ack.window = in.u8();
      ack.reset = step > 200;
      ack.bitmap[0] = in.u8();
      ack.bitmap[in.u8() % 32] |= in.u8();
      peer.hear(ack, link_id);
    }
    if (step % 6 == 3) peer.submit(in.u8() * 64u);
    if (step % 6 == 4) peer.sender.tick(peer.now_ns += in.u32() * std::uint64_t{4});
    if (step % 6 == 5 && step > 128) peer.receiver.close();
    if (step % 6 == 5 && step < 32) peer.sender.fail_all();
  }
  REQUIRE(peer.sender.queued() == peer.waiting.size());
  return 0;
}
