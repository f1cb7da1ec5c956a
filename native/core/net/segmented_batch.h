// Frames of one length that follow each other to one address, as one message to the kernel, which cuts it into datagrams
// where it leaves the machine (UDP_SEGMENT): routes, filters and queues are passed once instead of once a frame. A long
// message is such a row of frames. Allocated once, at open.
#pragma once
#include "core/net/frame_batch.h"

namespace heartwire {

class SegmentedBatch {
 public:
  explicit SegmentedBatch(unsigned size) : headers_(size), frames_(size), controls_(size) {}

  // As sendmmsg over batch.headers: frames taken, or -1 and errno, when not even the first was.
  int send(int descriptor, FrameBatch& batch, unsigned first, unsigned count);

 private:
  static constexpr std::size_t kSegmentsMax = 64;        // UDP_MAX_SEGMENTS of kernels before 6.9
  static constexpr std::size_t kBytesMax = 65'000;       // of one IP packet, its headers excepted
  unsigned row_length(const FrameBatch& batch, unsigned first, unsigned end) const;

  std::vector<mmsghdr> headers_;
  std::vector<unsigned> frames_;  // frames in each message
  std::vector<std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))>> controls_;
};

}  // namespace heartwire
