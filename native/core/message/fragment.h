// The bodies of reliable datagrams: a fragment of a message, and the acknowledgement of fragments. A stream is
// one gapless sequence of fragments from one start of a node to one start of another; whoever gives up a message
// begins the next stream, so that no receiver ever waits for the missing piece. decode(encode(x)) == x, and
// every accepted body re-encodes to the same bytes (the fuzzer's oracle).
//
//   fragment      0 stream u32 | 4 number u32 | 8 message u64 | 16 index u32 | 20 count u16 | 22 flags u16 | 24 payload ...
//   fragment_ack  0 stream u32 | 4 next u32 | 8 window u16 | 10 delay u16 | 12 flags u8 | 13 bitmap length u8 | 14 bitmap ...
//
// They travel in frames as stream_frame.h says, an acknowledgement alone as the body of a frame of its own.
//
// Nothing here is believed: numbers are compared with what was sent, or is expected, before they index anything.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace heartwire {

inline constexpr std::size_t kFragmentHeaderBytes = 24;
inline constexpr std::uint32_t kReceiveWindow = 256;  // fragments a receiver keeps out of order, per peer
inline constexpr std::uint64_t kAckHoldNs = 2'000'000;  // so long an acknowledgement may wait for something to ride with
inline constexpr std::uint64_t kQuietHoldNs = 5'000'000;  // so long a quiet message may

struct Fragment {
  std::uint32_t stream = 0;               // 1 or higher, grows with each new beginning
  std::uint32_t number = 0;               // place in the stream; wraps
  std::uint64_t message = 0;              // the message's id: 1 or higher, grows within a start of the sender
  std::uint32_t index = 0;                // which part of the message, from 0
  std::uint16_t count = 1;                // parts of the message
  std::span<const std::uint8_t> payload;  // empty only for an empty message
  bool quiet = false;                     // the message is no reason to wake the receiver's program
};

struct FragmentAck {
  std::uint32_t stream = 0;
  std::uint32_t next = 0;       // all before this number have arrived
  std::uint16_t window = 0;     // fragments that will be taken from `next` on; 0: wait
  std::uint16_t delay_us = 0;   // how long it was held back since the newest fragment came; at most 65,535
  bool reset = false;           // the receiver does not know the beginning of this stream (any more): begin a new one
  std::array<std::uint8_t, kReceiveWindow / 8> bitmap{};  // bit k: next + 1 + k has arrived
};

// Each returns the bytes written, 0 when they do not fit.
std::size_t encode_fragment(const Fragment& fragment, std::span<std::uint8_t> out);
std::size_t encode_fragment_ack(const FragmentAck& ack, std::span<std::uint8_t> out);
// Each returns false, and leaves the target unspecified, unless the body is exactly well formed. The payload
// lies in `body`.
bool decode_fragment(std::span<const std::uint8_t> body, Fragment& fragment);
bool decode_fragment_ack(std::span<const std::uint8_t> body, FragmentAck& ack);

inline bool bitmap_has(const FragmentAck& ack, std::uint32_t bit) { return (ack.bitmap[bit / 8] >> (bit % 8) & 1) != 0; }
inline void bitmap_set(FragmentAck& ack, std::uint32_t bit) { ack.bitmap[bit / 8] |= static_cast<std::uint8_t>(1 << (bit % 8)); }

// Parts of a message of `bytes`, when each part carries `part_bytes`.
inline constexpr std::uint16_t parts_of(std::size_t bytes, std::size_t part_bytes) {
  return bytes == 0 ? 1 : static_cast<std::uint16_t>((bytes + part_bytes - 1) / part_bytes);
}

}  // namespace heartwire
