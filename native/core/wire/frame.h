// The wire has one home. Every datagram of Heartwire, whatever path carries it (UDP, raw Ethernet,
// serial), is one frame: a fixed header, a body, a tag. Here stand the layout and its limits; nobody
// else knows an offset. Little-endian; sizes are asserted; a version is in every frame.
//
//   0 magic u16 | 2 version u8 | 3 type u8 | 4 key id u8 | 5 link id u8 | 6 encoding flags u16 (0)
//   8 cluster id u64 | 16 sender u16 | 18 receiver u16 (0: all) | 20 body length u16 | 22 zero u16
//  24 sender boot u64 | 32 receiver boot u64 (0: unknown) | 40 sequence u64 | 48 body ... | tag 16
//
// A receiver checks in this order: length, magic, version, type; cluster; known sender, link and
// source; boots; replay window; tag; and only then moves any state (safety.md, 'The wire').
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace heartwire {

inline constexpr std::uint16_t kFrameMagic = 0x5748;
inline constexpr std::uint8_t kFrameVersion = 1;
inline constexpr std::size_t kHeaderBytes = 48;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kFrameBytesMax = 1472;  // an Ethernet payload less IPv4 and UDP headers
inline constexpr std::size_t kBodyBytesMax = kFrameBytesMax - kHeaderBytes - kTagBytes;
inline constexpr std::size_t kLinksMax = 8;
inline constexpr std::size_t kSeatsMax = 8;
inline constexpr std::size_t kPeersMax = 1024;
inline constexpr std::size_t kVotersMax = 32;
inline constexpr std::uint64_t kNoticeSequence = 1;  // of every notice: it says one thing, once

enum class FrameType : std::uint8_t {
  beat = 1,           // "I live"; carries claims and asks; never resent
  ack = 2,            // the answer to one beat; carries grants and votes
  notice = 3,         // the guardian's death notice: no body, sequence kNoticeSequence
  announce = 4,       // discovery broadcast; opaque payload, sealed under the discovery key
  hello = 5,          // handshake: challenge
  hello_reply = 6,    // handshake: answer and counter-challenge
  hello_confirm = 7,  // handshake: answer to the counter-challenge
  fragments = 8,      // reliable datagrams: pieces of messages, and what has arrived
  fragment_ack = 9,   // reliable datagrams: what has arrived, alone
  question = 10,      // what has your program published last?
  answer = 11,        // a piece of it
  life = 12,          // "I live", from the second beat thread: carries nothing else, and is not answered
  multicast = 13,     // reliable datagrams to several nodes at once; without fragments: who hears this?
  multicast_heard = 14,  // "I do", on that path
};

struct FrameHeader {
  FrameType type{};
  std::uint8_t key_id = 0;
  std::uint8_t link_id = 0;
  std::uint64_t cluster_id = 0;
  std::uint16_t sender_id = 0;
  std::uint16_t receiver_id = 0;
  std::uint16_t body_length = 0;
  std::uint64_t sender_boot = 0;
  std::uint64_t receiver_boot = 0;
  std::uint64_t sequence = 0;
};

// Why a frame was dropped; each reason is a counter in the statistics page, in this order.
enum class Reject : std::uint8_t {
  none = 0, length, magic, version, type, cluster, sender, link, source, boot, replay, tag, body, count
};

// Writes the header into the first kHeaderBytes of `out` (at least that long).
void encode_header(const FrameHeader& header, std::span<std::uint8_t> out);

// Reads and checks what needs no key: lengths, magic, version, type. `frame` may have trailing padding
// (raw Ethernet pads to 46 bytes). On success the frame's true size is kHeaderBytes + body_length + kTagBytes.
Reject decode_header(std::span<const std::uint8_t> frame, FrameHeader& header);

inline constexpr std::size_t frame_bytes(const FrameHeader& header) {
  return kHeaderBytes + std::size_t{header.body_length} + kTagBytes;
}

}  // namespace heartwire
