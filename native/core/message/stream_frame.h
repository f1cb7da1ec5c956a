// The body of a frame of a stream: what one turn has to say to one node in one datagram. Several fragments share it, and
// an acknowledgement rides along where one is due, since a datagram costs more than what is in it. Small messages
// of a commit so take a third of the datagrams. decode accepts what encode writes, and nothing else.
//
//   fragments  0 flags u8 (1: answer at once) | 1 ack length u8 (0: none) | ack ... | { length u16 | fragment ... } one or more
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/message/fragment.h"

namespace heartwire {

inline constexpr std::size_t kStreamPrefixBytes = 2;    // of a body without acknowledgement
inline constexpr std::size_t kFragmentLengthBytes = 2;  // before each fragment
inline constexpr std::size_t kStreamOverheadBytes = kStreamPrefixBytes + kFragmentLengthBytes + kFragmentHeaderBytes;  // of one fragment alone

// Fragments that wait to leave together.
class PackedFragments {
 public:
  // False: it does not fit into a body of `bytes_max` with those that are here; the first one always does.
  bool append(const Fragment& fragment, std::size_t bytes_max);
  bool empty() const { return bytes_.empty(); }
  void clear() { bytes_.clear(); }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

struct StreamFrame {
  bool pressing = false;                    // the sender waits for the acknowledgement
  bool acknowledges = false;
  FragmentAck ack;
  std::span<const std::uint8_t> fragments;  // each can be taken
};

// The bytes written, 0 when they do not fit. `ack`: empty, or as encode_fragment_ack() wrote it.
std::size_t encode_stream_frame(bool pressing, std::span<const std::uint8_t> ack, const PackedFragments& packed, std::span<std::uint8_t> out);
// False, and the target unspecified, unless the body is well formed to the end. The fragments lie in `body`.
bool decode_stream_frame(std::span<const std::uint8_t> body, StreamFrame& frame);
// The next one of a decoded frame's; false: there are no more.
bool take_fragment(std::span<const std::uint8_t>& fragments, Fragment& fragment);

}  // namespace heartwire
