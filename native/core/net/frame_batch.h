// The buffers of a socket's batches, allocated once: sendmmsg and recvmmsg want arrays of headers that point at
// addresses, vectors and frames. Shared by the UDP and the raw Ethernet path.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/net/link.h"

namespace heartwire {

struct FrameBatch {
  explicit FrameBatch(unsigned size) : headers(size), vectors(size), addresses(size), frames(size), controls(size) {
    for (unsigned index = 0; index < size; ++index) {
      vectors[index] = {frames[index].data(), frames[index].size()};
      headers[index] = {};
      headers[index].msg_hdr.msg_iov = &vectors[index];
      headers[index].msg_hdr.msg_iovlen = 1;
      headers[index].msg_hdr.msg_name = &addresses[index];
    }
  }
  void prepare_receive(unsigned count) {
    for (unsigned index = 0; index < count; ++index) {
      vectors[index].iov_len = frames[index].size();
      headers[index].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
      headers[index].msg_hdr.msg_control = controls[index].data();
      headers[index].msg_hdr.msg_controllen = controls[index].size();
    }
  }
  // Kernel receive stamp of message `index`; 0: none.
  std::uint64_t stamp_ns(unsigned index) {
    msghdr& header = headers[index].msg_hdr;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_TIMESTAMPNS) continue;
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
      return static_cast<std::uint64_t>(stamp.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(stamp.tv_nsec);
    }
    return 0;
  }

  std::vector<mmsghdr> headers;
  std::vector<iovec> vectors;
  std::vector<sockaddr_storage> addresses;
  std::vector<std::array<std::uint8_t, kDatagramBytesMax>> frames;
  std::vector<std::array<std::uint8_t, 128>> controls;
};

}  // namespace heartwire
