// Frames from anywhere (UDP, raw Ethernet and serial all end in decode_header). Oracle: whatever is accepted
// encodes to the same bytes again.
#include <algorithm>
#include <array>

#include "core/wire/beat.h"
#include "core/wire/frame.h"
#include "fuzz/require.h"

using namespace heartwire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> frame(data, size);
  FrameHeader header;
  if (decode_header(frame, header) != Reject::none) return 0;
  REQUIRE(frame_bytes(header) <= size && header.body_length <= kBodyBytesMax && header.link_id < kLinksMax);
  std::array<std::uint8_t, kHeaderBytes> again;
  encode_header(header, again);
  REQUIRE(std::equal(again.begin(), again.end(), frame.begin()));

  const auto body = frame.subspan(kHeaderBytes, header.body_length);
  std::array<std::uint8_t, kBodyBytesMax> encoded;
  Beat beat;
  if (decode_beat(body, beat)) {
    REQUIRE(beat.claim_count <= kSeatsMax && beat.ask_count <= kSeatsMax);
    REQUIRE(encode_beat(beat, encoded) == body.size() && std::equal(body.begin(), body.end(), encoded.begin()));
  }
  Ack ack;
  if (decode_ack(body, ack)) {
    REQUIRE(ack.grant_count <= kSeatsMax && ack.vote_count <= kSeatsMax);
    REQUIRE(encode_ack(ack, encoded) == body.size() && std::equal(body.begin(), body.end(), encoded.begin()));
  }
  std::uint64_t sent_ns = 0;
  if (decode_life(body, sent_ns)) {
    encode_life(sent_ns, std::span(encoded).first<kLifeBytes>());
    REQUIRE(body.size() == kLifeBytes && std::equal(body.begin(), body.end(), encoded.begin()));
  }
  return 0;
}
