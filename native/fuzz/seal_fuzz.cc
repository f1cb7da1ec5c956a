// Sealing and opening of arbitrary frames. Oracle: what was sealed opens to the same bytes; one bit changed
// anywhere, or the input itself taken for a sealed frame, opens nothing; announcements likewise.
#include <array>
#include <vector>

#include "core/wire/announce.h"
#include "core/wire/key_ring.h"
#include "fuzz/require.h"

using namespace heartwire;

namespace {

struct Members {
  std::shared_ptr<KeyRing> ring;
  std::unique_ptr<Sealer> sealer;
  Members() {
    std::array<std::uint8_t, 32> key;
    key.fill(0x5a);
    const KeyRing::Entry entry{7, key};
    std::string why;
    ring = KeyRing::build(std::span(&entry, 1), why);
    sealer = make_sealer(*ring, 7, {KeyRole::message, 1, 2, 0, 1001, 1002, Salt{}});
  }
};

void check_round_trip(Sealer& sealer, std::vector<std::uint8_t> frame, const FrameHeader& header, bool encrypt, std::size_t flip) {
  const std::size_t body_end = kHeaderBytes + header.body_length;
  const std::vector<std::uint8_t> clear(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(body_end));
  const std::size_t size = sealer.seal(frame, header, encrypt);
  if (size == 0) {
    REQUIRE(encrypt && header.body_length < clear_body_bytes(header.type));
    return;
  }
  REQUIRE(size == frame_bytes(header));
  std::vector<std::uint8_t> changed = frame;
  changed[flip / 8 % size] ^= static_cast<std::uint8_t>(1u << flip % 8);
  FrameHeader received;
  REQUIRE(decode_header(changed, received) != Reject::none || !sealer.open(changed, received, encrypt));
  REQUIRE(sealer.open(frame, header, encrypt));
  REQUIRE(std::equal(clear.begin(), clear.end(), frame.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Members members;
  std::vector<std::uint8_t> frame(data, data + size);
  Announcement announcement;
  REQUIRE(open_announcement(5, 2, Salt{}, members.ring.get(), 0, frame, announcement) != Reject::none);
  frame.assign(data, data + size);
  if (open_announcement(5, 2, Salt{}, nullptr, 0, frame, announcement) == Reject::none)  // plain: no tag to guess
    REQUIRE(announcement.payload.size() <= kAnnouncePayloadBytesMax);
  FrameHeader header;
  if (decode_header(frame, header) != Reject::none) return 0;
  const std::size_t flip = size * 131 + data[size - 1] * 7u + header.sequence % 1024;
  for (const bool encrypt : {false, true}) {
    std::vector<std::uint8_t> guessed(data, data + size);
    REQUIRE(!members.sealer->open(guessed, header, encrypt));
    check_round_trip(*members.sealer, frame, header, encrypt, flip);
  }
  return 0;
}
