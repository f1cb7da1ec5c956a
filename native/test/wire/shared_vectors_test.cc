// vectors.json is the wire in bytes, for both sides to check themselves against (TypeScript reads the same file).
// This test makes the text anew and compares; after an intended change of the wire, and a new version number in
// it, write the file with HEARTWIRE_WRITE_VECTORS=1 and review the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/wire/announce.h"
#include "core/wire/derive.h"
#include "core/wire/xml_beat.h"
#include "core/wire/xml_fields.h"
#include "test/wire/json_writer.h"

namespace heartwire {
namespace {

using samples::Bytes;
using samples::JsonWriter;

const std::string_view kTypeNames[] = {"beat", "ack", "notice", "announce", "hello", "helloReply", "helloConfirm", "fragment", "fragmentAck"};
const std::string_view kRejectNames[] = {"none", "length", "magic", "version", "type", "cluster", "sender", "link", "source", "boot", "replay", "tag", "body"};

Bytes cluster_key() { return samples::counting(32, 8); }  // samples::ring()'s key 7

void write_key(JsonWriter& json, std::uint8_t key_id, const KeyContext& context) {
  json.begin("key", '{');
  json.bytes("clusterKey", cluster_key());
  json.number("keyId", key_id);
  json.number("role", static_cast<std::uint8_t>(context.role));
  json.number("senderId", context.sender_id);
  json.number("receiverId", context.receiver_id);
  json.number("linkId", context.link_id);
  json.number("senderBoot", context.sender_boot);
  json.bytes("senderSalt", context.sender_salt);
  json.number("receiverBoot", context.receiver_boot);
  json.bytes("info", key_info(key_id, context));
  Bytes derived(32);
  EXPECT_TRUE(hkdf_sha256(cluster_key(), {}, key_info(key_id, context), derived));
  json.bytes("derived", derived);
  json.end('}');
}

void write_header(JsonWriter& json, const FrameHeader& header) {
  json.begin("header", '{');
  json.choice("type", header.type, kTypeNames);
  header_fields(json, header);
  json.number("bodyLength", header.body_length);
  json.end('}');
}

template <class Record, class List>
void write_records(JsonWriter& json, std::string_view name, std::span<const Record> records, List list) {
  json.begin(name, '[');
  for (const Record& record : records) {
    json.begin("", '{');
    list(json, record);
    json.end('}');
  }
  json.end(']');
}

void write_body(JsonWriter& json, const Beat& beat) {
  json.begin("beat", '{');
  beat_fields(json, beat);
  write_records(json, "claims", std::span(beat.claims, beat.claim_count), [](auto& fields, auto& claim) { claim_fields(fields, claim); });
  write_records(json, "asks", std::span(beat.asks, beat.ask_count), [](auto& fields, auto& ask) { ask_fields(fields, ask); });
  json.end('}');
}

void write_body(JsonWriter& json, const Ack& ack) {
  json.begin("ack", '{');
  ack_fields(json, ack);
  write_records(json, "grants", std::span(ack.grants, ack.grant_count), [](auto& fields, auto& grant) { grant_fields(fields, grant); });
  write_records(json, "votes", std::span(ack.votes, ack.vote_count), [](auto& fields, auto& vote) { vote_fields(fields, vote); });
  json.end('}');
}

template <class Body>
void write_heartbeat(JsonWriter& json, std::string_view name, FrameType type, const Body& body) {
  FrameHeader header = samples::header(type);
  const KeyContext context{KeyRole::beat_1, header.sender_id, header.receiver_id, header.link_id, header.sender_boot,
                           header.receiver_boot, samples::salt(0x40)};
  Bytes frame = samples::frame_of(header, samples::body_of(body));
  EXPECT_GT(make_sealer(*samples::ring(), header.key_id, context)->seal(frame, header, false), 0u);
  Bytes xml(kXmlBytesMax);
  xml.resize(frame_to_xml(frame, xml));
  json.begin("", '{');
  json.string("name", name);
  write_header(json, header);
  write_body(json, body);
  write_key(json, header.key_id, context);
  json.bytes("frame", frame);
  json.string("xml", {reinterpret_cast<const char*>(xml.data()), xml.size()});
  json.end('}');
}

// A frame whose body is encrypted behind the sender's salt, with that body in clear.
void write_encrypted(JsonWriter& json, std::string_view name, Bytes frame, KeyRole role) {
  FrameHeader header;
  ASSERT_EQ(decode_header(frame, header), Reject::none);
  Salt salt;
  std::copy_n(frame.begin() + kHeaderBytes, kSaltBytes, salt.begin());
  const KeyContext context{role, header.sender_id, header.receiver_id, header.link_id, header.sender_boot, header.receiver_boot, salt};
  json.begin("", '{');
  json.string("name", name);
  write_header(json, header);
  write_key(json, header.key_id, context);
  json.bytes("frame", frame);
  ASSERT_TRUE(make_sealer(*samples::ring(), header.key_id, context)->open(frame, header, true));
  json.bytes("body", std::span(frame).subspan(kHeaderBytes, header.body_length));
  json.end('}');
}

void write_handshake(JsonWriter& json) {
  const Introduction self_a{1001, samples::salt(0x10), 5250, 5251}, self_b{1002, samples::salt(0x20), 5250, 5251};
  const std::array<std::uint8_t, kHandshakeSecretBytes> secret{};
  const Nonce nonce{1, 2, 3};
  Handshake a(5, 1, self_a, samples::ring(), false, secret), b(5, 2, self_b, samples::ring(), false, secret);
  const auto answer = [](Handshake& node, Bytes frame) { return node.on_frame(0, frame, LinkAddress{}, 0).reply; };
  const Bytes hello = a.begin(2, 0, LinkAddress{}, nonce, 0, 1);
  const Bytes reply = answer(b, hello);
  write_encrypted(json, "hello", hello, KeyRole::hello);
  write_encrypted(json, "hello reply", reply, KeyRole::hello);
  write_encrypted(json, "hello confirm", answer(a, reply), KeyRole::hello);
  Announcer announcer(5, 1, self_a.boot, self_a.salt);
  write_encrypted(json, "announce", announcer.seal(samples::ring().get(), 3, samples::counting(20, 0x61)), KeyRole::discovery);
}

// What no receiver may take, and why.
void write_refused(JsonWriter& json) {
  FrameHeader header = samples::header();
  const Bytes good = samples::frame_of(header, samples::body_of(samples::beat(1, 0)));
  const struct { std::size_t at; std::uint8_t value; } changes[] = {
      {0, 0}, {1, 0}, {2, 0}, {2, 2}, {3, 0}, {3, 15}, {5, 8}, {6, 1}, {7, 128}, {20, 255}, {21, 255}, {22, 1},
      {kHeaderBytes + 16, 4}, {kHeaderBytes + 17, 0}, {kHeaderBytes + 17, 2}, {kHeaderBytes + 17, 255}, {kHeaderBytes + 18, 1},
      {kHeaderBytes + 18, 255}, {kHeaderBytes + 20, 1}, {kHeaderBytes + 24, 8}, {kHeaderBytes + 25, 0}, {kHeaderBytes + 25, 4}};
  const auto write = [&json](const std::string& name, const Bytes& frame) {
    FrameHeader decoded;
    Beat beat;
    Reject reason = decode_header(frame, decoded);
    if (reason == Reject::none && !decode_beat(std::span(frame).subspan(kHeaderBytes, decoded.body_length), beat)) reason = Reject::body;
    EXPECT_NE(reason, Reject::none) << name;
    json.begin("", '{');
    json.string("name", name);
    json.string("reason", kRejectNames[static_cast<std::size_t>(reason)]);
    json.bytes("frame", frame);
    json.end('}');
  };
  for (const auto& [at, value] : changes) {
    Bytes frame = good;
    frame[at] = value;
    write("byte " + std::to_string(at) + " is " + std::to_string(value), frame);
  }
  for (const std::size_t length : {std::size_t{0}, kHeaderBytes, kHeaderBytes + kTagBytes - 1, good.size() - 1})
    write(std::to_string(length) + " bytes", Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
}

std::string make_vectors() {
  JsonWriter json;
  json.begin("", '{');
  json.begin("heartbeats", '[');
  write_heartbeat(json, "empty beat", FrameType::beat, samples::beat(0, 0));
  write_heartbeat(json, "beat", FrameType::beat, samples::beat(3, 2));
  write_heartbeat(json, "fullest beat", FrameType::beat, samples::beat(8, 8));
  write_heartbeat(json, "empty acknowledgement", FrameType::ack, samples::ack(0, 0));
  write_heartbeat(json, "acknowledgement", FrameType::ack, samples::ack(2, 1));
  write_heartbeat(json, "fullest acknowledgement", FrameType::ack, samples::ack(8, 8));
  json.end(']');
  json.begin("encrypted", '[');
  write_handshake(json);
  json.end(']');
  json.begin("refused", '[');
  write_refused(json);
  json.end(']');
  json.end('}');
  return json.text() + '\n';
}

TEST(SharedVectors, AreWhatThisCodeMakes) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "vectors.json";
  const std::string made = make_vectors();
  if (std::getenv("HEARTWIRE_WRITE_VECTORS")) std::ofstream(path) << made;
  std::stringstream stored;
  stored << std::ifstream(path).rdbuf();
  ASSERT_FALSE(stored.str().empty()) << path;
  EXPECT_TRUE(stored.str() == made) << "the wire changed; see the head of this file";
}

}  // namespace
}  // namespace heartwire
