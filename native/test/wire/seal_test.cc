// Sealing: what was sealed opens; whatever was changed, cut, replayed under another key, link or boot does not.
#include <gtest/gtest.h>

#include "core/wire/announce.h"
#include "test/wire/hex.h"

namespace heartwire {
namespace {

using samples::Bytes;

KeyContext context() { return {KeyRole::beat_1, 0x0102, 0x0304, 2, 1001, 1002, samples::salt(1)}; }

struct Sealed {
  FrameHeader header;
  Bytes frame;
};

Sealed sealed(Sealer& sealer, bool encrypt, FrameType type = FrameType::beat) {
  Sealed result;
  result.header = samples::header(type);
  result.frame = samples::frame_of(result.header, samples::body_of(samples::beat()));
  EXPECT_EQ(sealer.seal(result.frame, result.header, encrypt), result.frame.size());
  return result;
}

// As a receiver does it: only what the bytes themselves say.
bool opens(Sealer& sealer, Bytes frame, bool encrypted) {
  FrameHeader header;
  return decode_header(frame, header) == Reject::none && sealer.open(frame, header, encrypted);
}

TEST(Seal, ABeatStaysReadableAndAMessageDoesNot) {
  const auto ring = samples::ring();
  const auto sealer = make_sealer(*ring, 7, context());
  ASSERT_TRUE(sealer);
  const Bytes body = samples::body_of(samples::beat());
  for (const bool encrypt : {false, true}) {
    auto [header, frame] = sealed(*sealer, encrypt);
    const Bytes carried(frame.begin() + kHeaderBytes, frame.end() - kTagBytes);
    EXPECT_EQ(carried == body, !encrypt);
    ASSERT_TRUE(sealer->open(frame, header, encrypt));
    EXPECT_EQ(Bytes(frame.begin() + kHeaderBytes, frame.end() - kTagBytes), body);
  }
}

TEST(Seal, HandshakesKeepTheirSaltInClearButUnderTheTag) {
  const auto sealer = make_sealer(*samples::ring(), 7, context());
  for (const FrameType type : {FrameType::announce, FrameType::hello, FrameType::hello_reply, FrameType::hello_confirm}) {
    auto [header, frame] = sealed(*sealer, true, type);
    const Bytes body = samples::body_of(samples::beat());
    EXPECT_EQ(Bytes(frame.begin() + kHeaderBytes, frame.begin() + kHeaderBytes + kSaltBytes), Bytes(body.begin(), body.begin() + kSaltBytes));
    EXPECT_NE(Bytes(frame.begin() + kHeaderBytes + kSaltBytes, frame.end() - kTagBytes), Bytes(body.begin() + kSaltBytes, body.end()));
    Bytes changed = frame;
    changed[kHeaderBytes] ^= 1;
    EXPECT_FALSE(opens(*sealer, changed, true));
    EXPECT_TRUE(opens(*sealer, frame, true));
  }
}

TEST(Seal, EverySingleBitFlipIsRefused) {
  const auto sealer = make_sealer(*samples::ring(), 7, context());
  for (const bool encrypt : {false, true}) {
    const auto [header, frame] = sealed(*sealer, encrypt);
    ASSERT_TRUE(opens(*sealer, frame, encrypt));
    for (std::size_t bit = 0; bit < 8 * frame.size(); bit++) {
      Bytes changed = frame;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      EXPECT_FALSE(opens(*sealer, changed, encrypt)) << bit;
    }
    EXPECT_FALSE(opens(*sealer, frame, !encrypt));
  }
}

TEST(Seal, TruncatedAtEveryLengthIsRefusedAndPaddingIsNot) {
  const auto sealer = make_sealer(*samples::ring(), 7, context());
  const auto [header, frame] = sealed(*sealer, false);
  for (std::size_t length = 0; length < frame.size(); length++) {
    Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(sealer->open(cut, header, false)) << length;
    EXPECT_EQ(sealer->seal(cut, header, false), 0u) << length;
  }
  Bytes padded = frame;
  padded.resize(frame.size() + 46, 0xee);
  EXPECT_TRUE(opens(*sealer, padded, false));
}

TEST(Seal, EachPartOfTheContextMakesAnotherKey) {
  const auto ring = samples::ring({7, 8});
  const auto sealer = make_sealer(*ring, 7, context());
  const auto [header, frame] = sealed(*sealer, false);
  std::vector<KeyContext> others(8, context());
  others[0].role = KeyRole::hello;
  others[1].sender_id++;
  others[2].receiver_id++;
  others[3].link_id++;
  others[4].sender_boot++;
  others[5].receiver_boot++;
  others[6].sender_salt[15] ^= 1;
  std::swap(others[7].sender_id, others[7].receiver_id);
  for (const KeyContext& other : others) EXPECT_FALSE(opens(*make_sealer(*ring, 7, other), frame, false));
  EXPECT_FALSE(opens(*make_sealer(*ring, 8, context()), frame, false));                          // another key id
  EXPECT_FALSE(opens(*make_sealer(*samples::ring({7}, 99), 7, context()), frame, false));        // another cluster's key
  EXPECT_TRUE(opens(*make_sealer(*samples::ring({7, 8}), 7, context()), frame, false));
  EXPECT_FALSE(make_sealer(*ring, 9, context()));
  EXPECT_FALSE(make_sealer(*ring, 0, context()));
}

TEST(Seal, TheSameSequenceInTwoTypesMakesTwoNonces) {
  const auto sealer = make_sealer(*samples::ring(), 7, context());
  const auto one = sealed(*sealer, true, FrameType::fragments);
  const auto other = sealed(*sealer, true, FrameType::fragment_ack);
  EXPECT_NE(Bytes(one.frame.begin() + kHeaderBytes, one.frame.end()), Bytes(other.frame.begin() + kHeaderBytes, other.frame.end()));
}

TEST(Seal, PlainWantsATagOfZeros) {
  const auto sealer = make_plain_sealer();
  auto [header, frame] = sealed(*sealer, true);
  EXPECT_TRUE(opens(*sealer, frame, true));
  for (std::size_t i = frame.size() - kTagBytes; i < frame.size(); i++) {
    Bytes changed = frame;
    changed[i] = 1;
    EXPECT_FALSE(opens(*sealer, changed, true));
  }
  const auto keyed = make_sealer(*samples::ring(), 7, context());
  EXPECT_FALSE(opens(*keyed, frame, false));
  EXPECT_FALSE(opens(*sealer, sealed(*keyed, false).frame, false));
}

TEST(Announce, OpensForMembersOnly) {
  const auto ring = samples::ring();
  Announcer announcer(5, 1, 1001, samples::salt(1));
  const Bytes payload = samples::counting(kAnnouncePayloadBytesMax, 3);
  const Bytes frame = announcer.seal(ring.get(), 2, payload);
  ASSERT_EQ(frame.size(), kFrameBytesMax);
  const auto open = [&](Bytes bytes, std::uint64_t cluster, std::uint16_t self, std::uint8_t link, const KeyRing* keys) {
    Announcement announcement;
    const Reject reason = open_announcement(cluster, self, samples::salt(1), keys, link, bytes, announcement);
    if (reason == Reject::none) {
      EXPECT_EQ(announcement.sender_id, 1);
      EXPECT_EQ(announcement.boot, 1001u);
      EXPECT_EQ(announcement.sequence, 1u);
      EXPECT_EQ(announcement.salt, samples::salt(1));
      EXPECT_EQ(Bytes(announcement.payload.begin(), announcement.payload.end()), payload);
    }
    return reason;
  };
  EXPECT_EQ(open(frame, 5, 2, 2, ring.get()), Reject::none);
  EXPECT_EQ(open(frame, 6, 2, 2, ring.get()), Reject::cluster);
  EXPECT_EQ(open(frame, 5, 2, 1, ring.get()), Reject::link);
  EXPECT_EQ(open(frame, 5, 1, 2, ring.get()), Reject::sender);
  EXPECT_EQ(open(frame, 5, 2, 2, samples::ring({7}, 50).get()), Reject::tag);
  EXPECT_EQ(open(frame, 5, 2, 2, samples::ring({8}).get()), Reject::tag);
  EXPECT_EQ(open(frame, 5, 2, 2, nullptr), Reject::tag);
  for (std::size_t bit = 0; bit < 8 * frame.size(); bit += 5) {
    Bytes changed = frame;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_NE(open(changed, 5, 2, 2, ring.get()), Reject::none) << bit;
  }
  EXPECT_TRUE(announcer.seal(ring.get(), 2, samples::counting(kAnnouncePayloadBytesMax + 1, 0)).empty());
}

TEST(Announce, PlainAndEmpty) {
  Announcer announcer(5, 1, 1001, samples::salt(1));
  Bytes frame = announcer.seal(nullptr, 0, {});
  Announcement announcement;
  EXPECT_EQ(open_announcement(5, 2, samples::salt(2), samples::ring().get(), 0, frame, announcement), Reject::tag);
  EXPECT_EQ(open_announcement(5, 2, samples::salt(2), nullptr, 0, frame, announcement), Reject::none);
  EXPECT_TRUE(announcement.payload.empty());
}

}  // namespace
}  // namespace heartwire
