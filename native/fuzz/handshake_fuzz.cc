// The handshake under an attacker who owns the wire: he holds back, repeats, changes, redirects and invents
// frames between two nodes. The input is his programme. Oracle: a frame that no node wrote gets no answer and
// moves nothing; no frame is believed twice; a path is proven only to the address that was asked and only for a node's
// true start; whatever he did, the two nodes come together when he leaves them alone.
#include <algorithm>
#include <array>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "core/wire/handshake.h"
#include "core/wire/key_ring.h"
#include "fuzz/require.h"

using namespace heartwire;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = HandshakeOutcome::Kind;
constexpr std::uint64_t kSecond = 1'000'000'000;

std::shared_ptr<KeyRing> ring() {
  std::array<std::uint8_t, 32> key;
  key.fill(0x5a);
  const KeyRing::Entry entry{7, key};
  std::string why;
  return KeyRing::build(std::span(&entry, 1), why);
}

LinkAddress at(std::uint16_t node_id) {
  LinkAddress address;
  address.family = AddressFamily::ipv4;
  address.bytes[3] = static_cast<std::uint8_t>(node_id);
  return address;
}

Introduction introduction(std::uint16_t node_id) {
  Introduction self{1000u + node_id, {}, 5250, 5251};
  self.salt.fill(static_cast<std::uint8_t>(node_id));
  return self;
}

std::array<std::uint8_t, kHandshakeSecretBytes> secret(std::uint16_t node_id) {
  std::array<std::uint8_t, kHandshakeSecretBytes> bytes;
  bytes.fill(static_cast<std::uint8_t>(node_id));
  return bytes;
}

class Wire {
 public:
  explicit Wire(bool plain) : keys_(plain ? nullptr : ring()), plain_(plain) {
    for (const std::uint16_t id : {1, 2}) nodes_[id - 1] = std::make_unique<Handshake>(5, id, introduction(id), keys_, plain, secret(id));
  }

  Bytes ask(std::uint16_t from) {
    Nonce nonce;
    nonce.fill(++nonce_count_);
    return record(nodes_[from - 1]->begin(3 - from, 0, at(3 - from), nonce, now_ns_, kSecond));
  }

  HandshakeOutcome deliver(std::uint16_t to, const Bytes& frame, std::uint8_t link_id, const LinkAddress& source) {
    const bool true_frame = std::find(written_.begin(), written_.end(), frame) != written_.end();
    const std::size_t challenges = nodes_[to - 1]->challenges();
    Bytes copy = frame;
    HandshakeOutcome outcome = nodes_[to - 1]->on_frame(link_id, copy, source, now_ns_);
    if (outcome.reject != Reject::none) REQUIRE(outcome.reply.empty() && outcome.kind == Kind::none);
    REQUIRE(outcome.reply.size() <= frame.size());
    if (outcome.kind == Kind::none) REQUIRE(nodes_[to - 1]->challenges() == challenges);
    if (!plain_) check_keyed(to, outcome, true_frame, link_id, source);
    if (!plain_ && outcome.kind == Kind::path_proven) {
      REQUIRE(std::find(believed_.begin(), believed_.end(), frame) == believed_.end());
      believed_.push_back(frame);
    }
    if (!outcome.reply.empty()) record(outcome.reply);
    return outcome;
  }

  // No attacker for a moment.
  void meet() {
    now_ns_ += 10 * kSecond;
    const HandshakeOutcome reply = deliver(2, ask(1), 0, at(1));
    const HandshakeOutcome confirm = deliver(1, reply.reply, 0, at(2));
    REQUIRE(confirm.kind == Kind::path_proven);
    REQUIRE(deliver(2, confirm.reply, 0, at(1)).kind == Kind::path_proven);
  }

  void wait(std::uint64_t time_ns) { now_ns_ += time_ns; }
  const std::vector<Bytes>& written() const { return written_; }

 private:
  void check_keyed(std::uint16_t to, const HandshakeOutcome& outcome, bool true_frame, std::uint8_t link_id, const LinkAddress& source) {
    if (!true_frame) REQUIRE(outcome.reject != Reject::none);
    REQUIRE(outcome.kind == Kind::none || outcome.kind == Kind::path_proven);
    if (outcome.kind != Kind::path_proven) return;
    const std::uint16_t peer = 3 - to;
    REQUIRE(link_id == 0 && outcome.peer_id == peer && outcome.peer.boot == introduction(peer).boot);
    REQUIRE(outcome.peer.salt == introduction(peer).salt);
    if (!outcome.reply.empty()) REQUIRE(source == at(peer));  // the asker knows where he asked
  }

  Bytes record(Bytes frame) {
    written_.push_back(frame);
    return frame;
  }

  std::shared_ptr<KeyRing> keys_;
  bool plain_;
  std::unique_ptr<Handshake> nodes_[2];
  std::vector<Bytes> written_;
  std::vector<Bytes> believed_;  // none counts twice
  std::uint64_t now_ns_ = kSecond;
  std::uint8_t nonce_count_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider programme(data, size);
  const bool plain = programme.ConsumeBool();
  Wire wire(plain);
  for (unsigned steps = 0; steps < 24 && programme.remaining_bytes() > 0; steps++) {
    const std::uint16_t node = programme.ConsumeBool() ? 1 : 2;
    const std::uint8_t action = programme.ConsumeIntegralInRange<std::uint8_t>(0, 4);
    if (action == 0) wire.ask(node);
    if (action == 1) wire.wait(programme.ConsumeIntegralInRange<std::uint64_t>(0, 3 * kSecond));
    if (action < 2) continue;
    Bytes frame;
    if (action == 4) frame = programme.ConsumeBytes<std::uint8_t>(programme.ConsumeIntegralInRange<std::size_t>(0, 130));
    else if (!wire.written().empty()) frame = wire.written()[programme.ConsumeIntegralInRange<std::size_t>(0, wire.written().size() - 1)];
    for (unsigned changes = action == 3 ? programme.ConsumeIntegralInRange<unsigned>(1, 8) : 0; changes > 0 && !frame.empty(); changes--)
      frame[programme.ConsumeIntegralInRange<std::size_t>(0, frame.size() - 1)] = programme.ConsumeIntegral<std::uint8_t>();
    const std::uint8_t link_id = programme.ConsumeBool() ? 0 : programme.ConsumeIntegralInRange<std::uint8_t>(0, 7);
    wire.deliver(node, frame, link_id, at(programme.ConsumeBool() ? 3 - node : 9));
  }
  if (!plain) wire.meet();  // in plain text an invented later boot is believed: that is what plain text means
  return 0;
}
