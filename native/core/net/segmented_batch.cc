// See segmented_batch.h.
#include "core/net/segmented_batch.h"

#include <netinet/udp.h>

#include <algorithm>

namespace heartwire {

// All but the last of a row have the length of its first; the last may be shorter.
unsigned SegmentedBatch::row_length(const FrameBatch& batch, unsigned first, unsigned end) const {
  const std::size_t segment = batch.vectors[first].iov_len;
  const std::size_t limit = std::min(kSegmentsMax, kBytesMax / std::max<std::size_t>(segment, 1));
  const socklen_t name_bytes = batch.headers[first].msg_hdr.msg_namelen;
  unsigned next = first + 1;
  for (; next < end && next - first < limit; next++) {
    const bool full = batch.vectors[next - 1].iov_len == segment && batch.vectors[next].iov_len <= segment;
    const bool same = batch.headers[next].msg_hdr.msg_namelen == name_bytes &&
                      std::memcmp(&batch.addresses[next], &batch.addresses[first], name_bytes) == 0;
    if (!full || !same) break;
  }
  return next - first;
}

int SegmentedBatch::send(int descriptor, FrameBatch& batch, unsigned first, unsigned count) {
  unsigned messages = 0;
  for (unsigned next = first; next < first + count; next += frames_[messages++]) {
    const unsigned row = row_length(batch, next, first + count);
    msghdr& header = headers_[messages].msg_hdr;
    header = batch.headers[next].msg_hdr;
    header.msg_iovlen = row;
    frames_[messages] = row;
    if (row == 1) continue;
    header.msg_control = controls_[messages].data();
    header.msg_controllen = controls_[messages].size();
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto segment = static_cast<std::uint16_t>(batch.vectors[next].iov_len);
    std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
  }
  const int sent = sendmmsg(descriptor, headers_.data(), messages, MSG_DONTWAIT);
  if (sent < 0) return sent;
  unsigned taken = 0;
  for (int message = 0; message < sent; message++) taken += frames_[static_cast<std::size_t>(message)];
  return static_cast<int>(taken);
}

}  // namespace heartwire
