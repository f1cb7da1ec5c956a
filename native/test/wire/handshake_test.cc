// The challenge: two nodes come to know each other; a recording, a forger, a relay from elsewhere, an older
// start and a second incarnation do not get in, and nothing unproven changes anything.
#include <gtest/gtest.h>

#include "core/wire/handshake.h"
#include "test/wire/samples.h"

namespace heartwire {
namespace {

using samples::Bytes;
using Kind = HandshakeOutcome::Kind;
constexpr std::uint64_t kSecond = 1'000'000'000, kExpiry = kSecond;

LinkAddress at(std::uint8_t last) {
  LinkAddress address;
  address.family = AddressFamily::ipv4;
  address.port = 5251;
  address.bytes = {10, 0, 0, last};
  return address;
}

std::array<std::uint8_t, kHandshakeSecretBytes> secret(std::uint16_t id) {
  std::array<std::uint8_t, kHandshakeSecretBytes> bytes;
  bytes.fill(static_cast<std::uint8_t>(id));
  return bytes;
}

// A node whose address ends in its id.
struct Node {
  std::uint16_t id;
  Introduction self;
  Handshake handshake;
  std::uint8_t nonces = 0;

  explicit Node(std::uint16_t node_id, std::uint64_t boot = 100, std::uint8_t salt = 0, std::shared_ptr<KeyRing> ring = samples::ring(),
                bool plain = false)
      : id(node_id), self{boot, samples::salt(static_cast<std::uint8_t>(16 * node_id + salt)), 5250, 5251},
        handshake(77, node_id, self, plain ? nullptr : ring, plain, secret(node_id)) {}

  Bytes hello(std::uint16_t to, std::uint64_t now_ns = 0, std::uint8_t link_id = 0) {
    return hello_at(to, at(static_cast<std::uint8_t>(to)), now_ns, link_id);
  }
  Bytes hello_at(std::uint16_t to, const LinkAddress& address, std::uint64_t now_ns = 0, std::uint8_t link_id = 0) {
    const Bytes nonce = samples::counting(16, ++nonces);
    return handshake.begin(to, link_id, address, std::span(nonce).first<16>(), now_ns, kExpiry);
  }
  HandshakeOutcome hears(Bytes frame, std::uint16_t from, std::uint64_t now_ns = 0, std::uint8_t link_id = 0) {
    return handshake.on_frame(link_id, frame, at(static_cast<std::uint8_t>(from)), now_ns);
  }
};

// The whole of it; both must be convinced.
void meet(Node& one, Node& other, std::uint64_t now_ns = 0, std::uint8_t link_id = 0) {
  const auto reply = other.hears(one.hello(other.id, now_ns, link_id), one.id, now_ns, link_id);
  const auto confirm = one.hears(reply.reply, other.id, now_ns, link_id);
  ASSERT_EQ(confirm.kind, Kind::path_proven);
  ASSERT_EQ(other.hears(confirm.reply, one.id, now_ns, link_id).kind, Kind::path_proven);
}

TEST(Handshake, BothComeToKnowEachOther) {
  Node a(1), b(2, 200);
  const auto at_b = b.hears(a.hello(2), 1);
  EXPECT_EQ(at_b.kind, Kind::none);  // a hello alone proves nothing
  EXPECT_EQ(at_b.reject, Reject::none);
  const auto at_a = a.hears(at_b.reply, 2);
  EXPECT_EQ(at_a.kind, Kind::path_proven);
  EXPECT_EQ(at_a.peer_id, 2);
  EXPECT_EQ(at_a.peer.boot, 200u);
  EXPECT_EQ(at_a.peer.salt, b.self.salt);
  EXPECT_EQ(at_a.peer.beat_port, 5250);
  EXPECT_EQ(at_a.peer.message_port, 5251);
  EXPECT_TRUE(at_a.new_boot);
  const auto proven = b.hears(at_a.reply, 1);
  EXPECT_EQ(proven.kind, Kind::path_proven);
  EXPECT_EQ(proven.peer_id, 1);
  EXPECT_EQ(proven.peer.salt, a.self.salt);
  EXPECT_TRUE(proven.new_boot);
  EXPECT_TRUE(proven.reply.empty());
  EXPECT_EQ(a.handshake.challenges(), 0u);
}

TEST(Handshake, EachPathIsProvenByItselfAndOnlyTheFirstIsANewBoot) {
  Node a(1), b(2);
  meet(a, b);
  const auto confirm = a.hears(b.hears(a.hello(2, 0, 3), 1, 0, 3).reply, 2, 0, 3);
  EXPECT_EQ(confirm.kind, Kind::path_proven);
  EXPECT_FALSE(confirm.new_boot);
  EXPECT_FALSE(b.hears(confirm.reply, 1, 0, 3).new_boot);
}

TEST(Handshake, NoAnswerIsLongerThanItsQuestion) {
  Node a(1), b(2);
  const Bytes hello = a.hello(2);
  const Bytes reply = b.hears(hello, 1).reply;
  EXPECT_LE(reply.size(), hello.size());
  EXPECT_LE(a.hears(reply, 2).reply.size(), reply.size());
}

TEST(Handshake, ARecordingIsNeverBelieved) {
  Node a(1), b(2);
  const Bytes hello = a.hello(2);
  const Bytes reply = b.hears(hello, 1).reply;
  const Bytes confirm = a.hears(reply, 2).reply;
  EXPECT_EQ(b.hears(confirm, 1).kind, Kind::path_proven);
  EXPECT_EQ(a.hears(reply, 2).reject, Reject::replay);    // its challenge is used up
  EXPECT_EQ(b.hears(confirm, 1).reject, Reject::replay);  // each confirm once
  a.hello(2);
  EXPECT_EQ(a.hears(reply, 2).reject, Reject::replay);    // another nonce is out now
  EXPECT_EQ(b.hears(confirm, 1, 5 * kSecond).reject, Reject::replay);
  Node restarted(2, 101, 1);                              // knows nobody, and has another secret and boot
  EXPECT_EQ(restarted.hears(confirm, 1).reject, Reject::boot);
  EXPECT_EQ(restarted.hears(hello, 1).kind, Kind::none);
}

TEST(Handshake, AnswersComeFromWhereTheQuestionWent) {
  Node a(1), b(2);
  const auto reply = b.hears(a.hello(2), 1).reply;
  EXPECT_EQ(a.hears(reply, 9).reject, Reject::replay);    // a relay's address
  const auto confirm = a.hears(reply, 2);
  ASSERT_EQ(confirm.kind, Kind::path_proven);
  EXPECT_EQ(b.hears(confirm.reply, 9).reject, Reject::replay);
  EXPECT_EQ(b.hears(confirm.reply, 1).kind, Kind::path_proven);
}

TEST(Handshake, ABroadcastHelloOrASerialLineTakesAnAnswerFromAnywhere) {
  Node a(1), b(2);
  EXPECT_EQ(a.hears(b.hears(a.hello_at(2, LinkAddress{}), 1).reply, 2).kind, Kind::path_proven);
  EXPECT_EQ(a.hears(b.hears(a.hello_at(0, at(2)), 1).reply, 2).kind, Kind::path_proven);  // unknown node at a known address
  Node c(3);
  EXPECT_EQ(c.hears(a.hello(2), 1).reject, Reject::sender);                               // it was not meant
}

TEST(Handshake, AnotherLinkNodeClusterOrStartIsRefusedBeforeTheTag) {
  Node a(1), b(2), c(3);
  const Bytes hello = a.hello(2);
  EXPECT_EQ(b.hears(hello, 1, 0, 1).reject, Reject::link);
  EXPECT_EQ(c.hears(hello, 1).reject, Reject::sender);
  EXPECT_EQ(a.hears(a.hello_at(0, LinkAddress{}), 1).reject, Reject::sender);  // its own broadcast, come back
  Bytes other_cluster = hello;
  other_cluster[8] ^= 1;
  EXPECT_EQ(b.hears(other_cluster, 1).reject, Reject::cluster);
  const Bytes reply = b.hears(hello, 1).reply;
  Node a_restarted(1, 101, 5);
  EXPECT_EQ(a_restarted.hears(reply, 2).reject, Reject::boot);
}

TEST(Handshake, TruncationBitFlipsAndWrongKeysChangeNothing) {
  Node a(1), b(2);
  const Bytes hello = a.hello(2);
  const Bytes reply = b.hears(hello, 1).reply;
  for (std::size_t length = 0; length < reply.size(); length++) {
    EXPECT_NE(b.hears(Bytes(hello.begin(), hello.begin() + static_cast<std::ptrdiff_t>(length)), 1).reject, Reject::none);
    EXPECT_NE(a.hears(Bytes(reply.begin(), reply.begin() + static_cast<std::ptrdiff_t>(length)), 2).reject, Reject::none);
  }
  for (std::size_t bit = 0; bit < 8 * reply.size(); bit++) {
    Bytes changed_hello = hello, changed_reply = reply;
    changed_hello[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    changed_reply[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const auto at_b = b.hears(changed_hello, 1);
    EXPECT_NE(at_b.reject, Reject::none) << bit;
    EXPECT_TRUE(at_b.reply.empty()) << bit;
    EXPECT_NE(a.hears(changed_reply, 2).reject, Reject::none) << bit;
  }
  Node stranger(2, 100, 0, samples::ring({7}, 90));
  EXPECT_EQ(stranger.hears(hello, 1).reject, Reject::tag);
  EXPECT_EQ(a.hears(stranger.hears(stranger.hello(1), 1).reply, 2).reject, Reject::length);  // it has no reply to give
  EXPECT_EQ(a.hears(stranger.hello(1), 2).reject, Reject::tag);
  EXPECT_EQ(a.handshake.challenges(), 1u);
  EXPECT_EQ(a.hears(reply, 2).kind, Kind::path_proven);  // the true answer still counts
}

TEST(Handshake, BootsOnlyGrow) {
  Node a(1, 100), b(2);
  meet(a, b);
  Node newer(1, 101, 3);
  const auto at_b = b.hears(newer.hears(b.hears(newer.hello(2), 1).reply, 2).reply, 1);
  EXPECT_EQ(at_b.kind, Kind::path_proven);
  EXPECT_TRUE(at_b.new_boot);
  // The older one lives still: proven, reported, not believed.
  const auto older = b.hears(a.hears(b.hears(a.hello(2), 1).reply, 2).reply, 1);
  EXPECT_EQ(older.kind, Kind::boot_went_back);
  EXPECT_FALSE(older.new_boot);
  EXPECT_EQ(b.hears(newer.hears(b.hears(newer.hello(2), 1).reply, 2).reply, 1).new_boot, false);
}

TEST(Handshake, ASecondIncarnationIsReportedByWhoeverAsks) {
  Node a(1, 100), b(2), copy(1, 100, 9);
  meet(a, b);
  EXPECT_EQ(b.hears(copy.hears(b.hears(copy.hello(2), 1).reply, 2).reply, 1).kind, Kind::duplicate);
  EXPECT_EQ(b.hears(copy.hears(b.hello(1), 2).reply, 1).kind, Kind::duplicate);
  EXPECT_FALSE(b.hears(a.hears(b.hears(a.hello(2), 1).reply, 2).reply, 1).new_boot);  // the first is still the one
  // Two nodes with one id find out themselves.
  EXPECT_EQ(a.hears(copy.hears(a.hears(copy.hello(1), 1).reply, 1).reply, 1).kind, Kind::duplicate);
}

TEST(Handshake, APrunedPeerIsNewAgainButItsOldBootIsNot) {
  Node older(1, 99, 4), a(1, 100), b(2);
  meet(a, b);
  b.handshake.forget(1);
  b.handshake.forget(1);
  b.handshake.forget(42);
  EXPECT_EQ(b.hears(older.hears(b.hears(older.hello(2), 1).reply, 2).reply, 1).kind, Kind::boot_went_back);
  EXPECT_TRUE(b.hears(a.hears(b.hears(a.hello(2), 1).reply, 2).reply, 1).new_boot);
}

TEST(Handshake, ChallengesExpireAndRepeatedOnesStayTheSame) {
  Node a(1), b(2);
  const Bytes first = b.hears(a.hello(2, 0), 1).reply;
  a.hello(2, kExpiry / 2);
  EXPECT_EQ(a.handshake.challenges(), 1u);
  EXPECT_EQ(a.hears(first, 2, kExpiry).reject, Reject::replay);  // too late
  a.hello(2, kExpiry);
  EXPECT_EQ(a.hears(first, 2, kExpiry).reject, Reject::replay);  // a new one is out
  const Bytes slow = b.hears(a.hello(2, 2 * kExpiry), 1).reply;
  a.hello(2, 2 * kExpiry + 1);
  EXPECT_EQ(a.hears(slow, 2, 2 * kExpiry + 2).kind, Kind::path_proven);
}

TEST(Handshake, AConfirmIsInTimeForTwoSeconds) {
  for (const std::uint64_t began : {std::uint64_t{0}, kSecond, 2 * kSecond - 1, 77 * kSecond}) {
    Node a(1), b(2);
    const auto confirm = a.hears(b.hears(a.hello(2, began), 1, began).reply, 2, began).reply;
    EXPECT_EQ(b.hears(confirm, 1, began + 4 * kSecond).reject, Reject::replay);
    EXPECT_EQ(b.hears(confirm, 1, began + 2 * kSecond).kind, Kind::path_proven);
  }
}

TEST(Handshake, TablesAreBounded) {
  Node a(1);
  for (std::size_t i = 0; i < kChallengesMax; i++)
    ASSERT_FALSE(a.hello(static_cast<std::uint16_t>(2 + i)).empty());
  EXPECT_TRUE(a.hello(60000).empty());
  EXPECT_EQ(a.handshake.challenges(), kChallengesMax);
  EXPECT_FALSE(a.hello(60000, kExpiry).empty());  // the expired make room
  EXPECT_EQ(a.handshake.challenges(), 1u);
  Node b(2);
  for (std::uint16_t id = 3; id < 3 + kPeersMax; id++) {
    Node peer(id);
    ASSERT_EQ(b.hears(peer.hears(b.hello_at(0, at(static_cast<std::uint8_t>(id))), 2).reply, id).kind, Kind::path_proven) << id;
  }
  Node one_more(3 + kPeersMax);
  EXPECT_EQ(b.hears(one_more.hears(b.hello_at(0, at(1)), 2).reply, 1).reject, Reject::sender);
  b.handshake.forget(3);
  EXPECT_EQ(b.hears(one_more.hears(b.hello_at(0, at(1)), 2).reply, 1).kind, Kind::path_proven);
}

TEST(Handshake, ReplayedHellosDoNotDisturbATrueOne) {
  Node a(1), b(2);
  const Bytes recorded = a.hello(2);
  const Bytes reply = b.hears(a.hello(2), 1).reply;
  for (std::uint16_t from = 1; from < 200; from++) b.hears(recorded, from);
  const auto confirm = a.hears(reply, 2);
  ASSERT_EQ(confirm.kind, Kind::path_proven);
  for (std::uint16_t from = 1; from < 200; from++) b.hears(recorded, from);
  EXPECT_EQ(b.hears(confirm.reply, 1).kind, Kind::path_proven);
}

TEST(Handshake, PlainNodesMeetAndKeyedOnesRefuseThem) {
  Node a(1, 100, 0, nullptr, true), b(2, 100, 0, nullptr, true), keyed(2);
  meet(a, b);
  EXPECT_EQ(keyed.hears(a.hello(2), 1).reject, Reject::tag);
  EXPECT_EQ(a.hears(keyed.hello(1), 2).reject, Reject::tag);
}

TEST(Handshake, KeysRotateBetweenTwoFrames) {
  Node a(1, 100, 0, samples::ring({1, 2})), b(2, 100, 0, samples::ring({1}));
  const Bytes hello = a.hello(2);
  b.handshake.set_keys(samples::ring({2, 1}));
  const auto reply = b.hears(hello, 1);
  EXPECT_EQ(reply.reply[4], 2);  // key id: the new one is used for sending at once
  EXPECT_EQ(a.hears(reply.reply, 2).kind, Kind::path_proven);
}

}  // namespace
}  // namespace heartwire
