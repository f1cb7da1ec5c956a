// The body of a frame to several nodes: what one turn says to them in the same bytes, once on the wire. Each receiver has a stream
// of its own, so the frame says for each of them which place in it every fragment has, and whatever acknowledgement is due there
// rides along. Nothing is acknowledged together: to a receiver it is as if the fragment had come to it alone. Without fragments
// the frame asks who hears it. decode accepts what encode writes, and nothing else.
//
//   multicast  0 flags u8 (1: answer at once) | 1 receivers u8 (1-255) | { node u16 | boot u64 | stream u32 | ack length u8 | ack ... } each
//              | { length u16 | index u32 | count u16 | flags u16 (1: quiet) | { number u32 | message u64 } each receiver | payload ... } ...
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/message/fragment.h"

namespace heartwire {

inline constexpr std::size_t kMulticastPrefixBytes = 2;
inline constexpr std::size_t kMulticastReceiverBytes = 15;  // without its acknowledgement
inline constexpr std::size_t kMulticastFragmentBytes = 10;  // without places and payload
inline constexpr std::size_t kMulticastPlaceBytes = 12;
inline constexpr std::size_t kMulticastReceiversMax = 255;

struct MulticastReceiver {
  std::uint16_t node = 0;
  std::uint64_t boot = 0;
  std::uint32_t stream = 0;
  std::span<const std::uint8_t> ack;  // as encode_fragment_ack() wrote it; empty: none
};

struct MulticastPlace {
  std::uint32_t number = 0;
  std::uint64_t message = 0;
};

// Fragments that leave together, all for the same receivers.
class PackedMulticast {
 public:
  // Of `fragment` all counts but its place and stream. False: with those that are here it is more than `bytes_max`; the first one always fits.
  bool append(const Fragment& fragment, std::span<const MulticastPlace> places, std::size_t bytes_max);
  bool empty() const { return bytes_.empty(); }
  void clear() { bytes_.clear(); }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

struct MulticastFrame {
  bool pressing = false;                    // the sender waits for the acknowledgement
  std::uint8_t receivers = 0;
  int own = -1;                             // which of them we are; -1: it is for others
  std::uint32_t stream = 0;                 // ours
  bool acknowledges = false;
  FragmentAck ack;                          // to us
  std::span<const std::uint8_t> fragments;  // each can be taken; none: who hears this?
};

// The bytes written, 0 when they do not fit.
std::size_t encode_multicast_frame(bool pressing, std::span<const MulticastReceiver> receivers, const PackedMulticast& packed,
                                   std::span<std::uint8_t> out);
// False, and the target unspecified, unless the body is well formed to the end, what is for others included. The fragments lie in `body`.
bool decode_multicast_frame(std::span<const std::uint8_t> body, std::uint16_t node, std::uint64_t boot, MulticastFrame& frame);
// The next one of a decoded frame that is for us; false: there are no more.
bool take_multicast_fragment(std::span<const std::uint8_t>& fragments, const MulticastFrame& frame, Fragment& fragment);

}  // namespace heartwire
