// The challenge of handshake.h. Body of all three frames: salt 16 (clear) | beat port u16 | message port u16 |
// zero u32 | nonce 16 | echo 16. A hello has no echo and a confirm no nonce: those bytes are zero, so that no
// answer is longer than its question and nobody can use a node to amplify traffic.
#include "core/wire/handshake.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "core/wire/bytes.h"
#include "core/wire/key_ring.h"

namespace heartwire {
namespace {

constexpr std::size_t kHelloBodyBytes = kSaltBytes + 2 + 2 + 4 + 2 * kNonceBytes;
constexpr std::size_t kHelloFrameBytes = kHeaderBytes + kHelloBodyBytes + kTagBytes;
constexpr std::uint64_t kCookiePeriodNs = 2'000'000'000;  // an answer may take one to two of them

bool equal(const Nonce& one, const Nonce& other) { return CRYPTO_memcmp(one.data(), other.data(), kNonceBytes) == 0; }

// The link tells the interface already; senders of a hello need not know its index.
LinkAddress without_scope(LinkAddress address) {
  address.scope_id = 0;
  return address;
}

HandshakeOutcome rejected(Reject reason) {
  HandshakeOutcome outcome;
  outcome.reject = reason;
  return outcome;
}

}  // namespace

Handshake::Handshake(std::uint64_t cluster_id, std::uint16_t node_id, const Introduction& self,
                     std::shared_ptr<const KeyRing> ring, bool plain,
                     std::span<const std::uint8_t, kHandshakeSecretBytes> secret)
    : cluster_id_(cluster_id), node_id_(node_id), self_(self), ring_(std::move(ring)), plain_(plain) {
  std::copy(secret.begin(), secret.end(), secret_.begin());
}

Handshake::~Handshake() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

std::vector<std::uint8_t> Handshake::begin(std::uint16_t peer_id, std::uint8_t link_id, const LinkAddress& to,
                                           std::span<const std::uint8_t, kNonceBytes> nonce, std::uint64_t now_ns,
                                           std::uint64_t expiry_ns) {
  const ChallengeKey key{peer_id, link_id, without_scope(to)};
  auto found = challenges_.find(key);
  if (found == challenges_.end() && challenges_.size() >= kChallengesMax) {
    std::erase_if(challenges_, [now_ns](const auto& entry) { return entry.second.expires_ns <= now_ns; });
    if (challenges_.size() >= kChallengesMax) return {};
  }
  if (found == challenges_.end()) found = challenges_.emplace(key, Challenge{}).first;
  Challenge& challenge = found->second;
  if (challenge.expires_ns <= now_ns) {
    std::copy(nonce.begin(), nonce.end(), challenge.nonce.begin());
    challenge.expires_ns = now_ns + expiry_ns;
  }
  return write(FrameType::hello, peer_id, link_id, 0, challenge.nonce, Nonce{});
}

HandshakeOutcome Handshake::on_frame(std::uint8_t link_id, std::span<std::uint8_t> frame, const LinkAddress& source,
                                     std::uint64_t now_ns) {
  Heard heard;
  if (const Reject reason = read(link_id, frame, heard); reason != Reject::none) return rejected(reason);
  const FrameHeader& header = heard.header;
  if (header.type == FrameType::hello) {
    HandshakeOutcome outcome;
    outcome.peer_id = header.sender_id;
    outcome.reply = write(FrameType::hello_reply, header.sender_id, link_id, header.sender_boot,
                          cookie(heard, source, now_ns / kCookiePeriodNs), heard.nonce);
    return outcome;
  }
  if (header.type == FrameType::hello_reply) {
    const auto challenge = find_challenge(heard, source, now_ns);
    if (challenge == challenges_.end()) return rejected(Reject::replay);
    challenges_.erase(challenge);
    HandshakeOutcome outcome = prove(heard);
    // Also to a node that is refused here: it has to learn what is wrong, and cannot do so without a confirm.
    outcome.reply = write(FrameType::hello_confirm, header.sender_id, link_id, header.sender_boot, Nonce{}, heard.nonce);
    return outcome;
  }
  if (!cookie_matches(heard, source, now_ns)) return rejected(Reject::replay);
  const auto known = known_.find(header.sender_id);
  const bool same_start = known != known_.end() && known->second.boot == header.sender_boot && known->second.salt == heard.peer.salt;
  if (same_start && header.sequence <= known->second.confirm_sequence[link_id]) return rejected(Reject::replay);
  HandshakeOutcome outcome = prove(heard);
  if (outcome.kind == HandshakeOutcome::Kind::path_proven)
    known_[header.sender_id].confirm_sequence[link_id] = header.sequence;
  return outcome;
}

// Cheap checks first, then the tag; changes nothing but the frame's own bytes.
Reject Handshake::read(std::uint8_t link_id, std::span<std::uint8_t> frame, Heard& heard) const {
  FrameHeader& header = heard.header;
  if (const Reject reason = decode_header(frame, header); reason != Reject::none) return reason;
  const bool hello = header.type == FrameType::hello;
  if (!hello && header.type != FrameType::hello_reply && header.type != FrameType::hello_confirm) return Reject::type;
  if (header.cluster_id != cluster_id_) return Reject::cluster;
  if (header.body_length != kHelloBodyBytes) return Reject::length;
  if (header.sender_id == 0 || (header.receiver_id != node_id_ && !(hello && header.receiver_id == 0))) return Reject::sender;
  if (header.link_id != link_id) return Reject::link;
  if (header.receiver_boot != (hello ? 0 : self_.boot)) return Reject::boot;
  const auto body = frame.subspan(kHeaderBytes, kHelloBodyBytes);
  Introduction& peer = heard.peer;
  std::copy_n(body.begin(), kSaltBytes, peer.salt.begin());
  // Our own broadcast come back. Another node with our id has another salt, and goes on to be reported.
  if (header.sender_id == node_id_ && peer.salt == self_.salt) return Reject::sender;
  const auto seal = sealer(header.key_id, {KeyRole::hello, header.sender_id, header.receiver_id, link_id, header.sender_boot,
                                           header.receiver_boot, peer.salt});
  if (!seal || !seal->open(frame, header, true)) return Reject::tag;
  ByteReader reader(body.subspan(kSaltBytes));
  peer.boot = header.sender_boot;
  peer.beat_port = reader.u16();
  peer.message_port = reader.u16();
  reader.zeros(4);
  reader.bytes(heard.nonce);
  reader.bytes(heard.echo);
  if (hello) reader.require(heard.echo == Nonce{});
  if (header.type == FrameType::hello_confirm) reader.require(heard.nonce == Nonce{});
  return reader.done() ? Reject::none : Reject::body;
}

std::vector<std::uint8_t> Handshake::write(FrameType type, std::uint16_t receiver_id, std::uint8_t link_id,
                                           std::uint64_t receiver_boot, const Nonce& nonce, const Nonce& echo) {
  FrameHeader header;
  header.type = type;
  header.key_id = plain_ || !ring_ ? 0 : ring_->send_key_id();
  header.link_id = link_id;
  header.cluster_id = cluster_id_;
  header.sender_id = node_id_;
  header.receiver_id = receiver_id;
  header.body_length = kHelloBodyBytes;
  header.sender_boot = self_.boot;
  header.receiver_boot = receiver_boot;
  header.sequence = ++sequence_;
  std::vector<std::uint8_t> frame(kHelloFrameBytes);
  encode_header(header, frame);
  ByteWriter writer{std::span(frame).subspan(kHeaderBytes, kHelloBodyBytes)};
  writer.bytes(self_.salt);
  writer.u16(self_.beat_port);
  writer.u16(self_.message_port);
  writer.zeros(4);
  writer.bytes(nonce);
  writer.bytes(echo);
  const auto seal = sealer(header.key_id, {KeyRole::hello, node_id_, receiver_id, link_id, self_.boot, receiver_boot, self_.salt});
  if (!seal || seal->seal(frame, header, true) == 0) return {};
  return frame;
}

std::unique_ptr<Sealer> Handshake::sealer(std::uint8_t key_id, const KeyContext& context) const {
  if (plain_) return key_id == 0 ? make_plain_sealer() : nullptr;
  return ring_ ? make_sealer(*ring_, key_id, context) : nullptr;
}

// The hello of ours that this reply answers: it went to this node (or to whoever lives there), over this link, to the
// address that the reply came from (or to everybody), has not expired, and its nonce came back.
Handshake::Challenges::iterator Handshake::find_challenge(const Heard& heard, const LinkAddress& source, std::uint64_t now_ns) {
  for (const std::uint16_t peer_id : {heard.header.sender_id, std::uint16_t{0}}) {
    for (const LinkAddress& to : {without_scope(source), LinkAddress{}}) {
      const auto found = challenges_.find({peer_id, heard.header.link_id, to});
      if (found == challenges_.end() || found->second.expires_ns <= now_ns) continue;
      if (equal(found->second.nonce, heard.echo)) return found;
    }
  }
  return challenges_.end();
}

// Who asked, from where, over which link, in which start and about when.
Nonce Handshake::cookie(const Heard& heard, const LinkAddress& source, std::uint64_t period) const {
  std::array<std::uint8_t, 2 + 1 + 8 + kSaltBytes + 1 + 2 + 16 + 8> input;
  ByteWriter writer(input);
  writer.u16(heard.header.sender_id);
  writer.u8(heard.header.link_id);
  writer.u64(heard.peer.boot);
  writer.bytes(heard.peer.salt);
  writer.u8(static_cast<std::uint8_t>(source.family));
  writer.u16(source.port);
  writer.bytes(source.bytes);
  writer.u64(period);
  std::array<std::uint8_t, 32> digest{};
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), input.data(), input.size(), digest.data(), nullptr);
  Nonce nonce;
  std::copy_n(digest.begin(), kNonceBytes, nonce.begin());
  return nonce;
}

bool Handshake::cookie_matches(const Heard& heard, const LinkAddress& source, std::uint64_t now_ns) const {
  const std::uint64_t period = now_ns / kCookiePeriodNs;
  const bool now = equal(cookie(heard, source, period), heard.echo);
  const bool before = period > 0 && equal(cookie(heard, source, period - 1), heard.echo);
  return now || before;
}

// The sender lives and was there just now: the only place where what is known of a peer changes.
HandshakeOutcome Handshake::prove(const Heard& heard) {
  HandshakeOutcome outcome;
  outcome.peer_id = heard.header.sender_id;
  outcome.peer = heard.peer;
  const auto found = known_.find(outcome.peer_id);
  const bool first = found == known_.end();
  if (outcome.peer_id == node_id_ || (!first && heard.peer.boot == found->second.boot && heard.peer.salt != found->second.salt)) {
    outcome.kind = HandshakeOutcome::Kind::duplicate;
    return outcome;
  }
  if (!first && heard.peer.boot < found->second.boot) {
    outcome.kind = HandshakeOutcome::Kind::boot_went_back;
    return outcome;
  }
  const bool joins = first || !found->second.live;
  if (joins && live_ >= kPeersMax) {
    outcome.reject = Reject::sender;
    return outcome;
  }
  Known& known = known_[outcome.peer_id];
  outcome.new_boot = joins || heard.peer.boot > known.boot;
  if (known.boot != heard.peer.boot) known.confirm_sequence = {};
  live_ += joins ? 1 : 0;
  known.live = true;
  known.boot = heard.peer.boot;
  known.salt = heard.peer.salt;
  outcome.kind = HandshakeOutcome::Kind::path_proven;
  return outcome;
}

void Handshake::forget(std::uint16_t peer_id) {
  const auto found = known_.find(peer_id);
  if (found == known_.end() || !found->second.live) return;
  found->second.live = false;
  live_--;
}

}  // namespace heartwire
