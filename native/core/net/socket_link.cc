// See socket_link.h. Errors of a send are nobody's business here: the frame is dropped and counted, the next beat
// comes anyway. Only that the interface has vanished matters, since the socket never comes back from that.
#include "core/net/socket_link.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace heartwire {

namespace {

// Takes no lock of the kernel's.
bool exists(int descriptor, int interface_index) {
  ifreq request{};
  request.ifr_ifindex = interface_index;
  return ioctl(descriptor, SIOCGIFNAME, &request) == 0;
}

}  // namespace

std::size_t Link::queued_bytes() const {
  int bytes = 0;
  return ioctl(descriptor(), SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

std::unique_ptr<Link> open_link(const LinkOptions& options, LinkError& error) {
  error = LinkError{};
  if (options.batch == 0 || options.batch > 1024) {
    error = {EINVAL, "batch of " + std::to_string(options.batch) + " frames (1-1024)"};
    return nullptr;
  }
  switch (options.kind) {
    case LinkKind::udp: return open_udp_link(options, error);
    case LinkKind::ethernet: return open_packet_link(options, error);
    case LinkKind::serial: return open_serial_link(options, error);
  }
  error = {EINVAL, "unknown kind of link"};
  return nullptr;
}

bool set_common_options(int descriptor, const LinkOptions& options, LinkError& error) {
  const int on = 1;
  const int buffer = static_cast<int>(options.receive_buffer_bytes);
  const int priority = options.priority;
  if (setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0) {
    error = {errno, "SO_TIMESTAMPNS"};
    return false;
  }
  // Best effort: more than the administrator allows, or a priority above 6 without the capability, is no reason to stop.
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  const int busy_poll_us = static_cast<int>(options.busy_poll_us);
  if (busy_poll_us > 0) setsockopt(descriptor, SOL_SOCKET, SO_BUSY_POLL, &busy_poll_us, sizeof busy_poll_us);
  setsockopt(descriptor, SOL_SOCKET, SO_PRIORITY, &priority, sizeof priority);
  return true;
}

int SocketLink::copy_descriptor() const { return fcntl(descriptor_, F_DUPFD_CLOEXEC, 0); }

SocketLink::SocketLink(int descriptor, unsigned batch, int interface_index)
    : descriptor_(descriptor), interface_index_(interface_index), sending_(batch), receiving_(batch) {}

SocketLink::~SocketLink() { close(descriptor_); }

void SocketLink::refuse(int error) {
  ++counters_.refused;
  counters_.last_error = error;
  // An interface that is down says the same as one that is gone, and comes back.
  if (interface_index_ != 0 && !gone_) gone_ = !exists(descriptor_, interface_index_);
}

bool SocketLink::stage(const LinkAddress& to, std::span<const std::uint8_t> frame) {
  if (staged_ == sending_.headers.size()) flush();
  const socklen_t length = frame.size() > kDatagramBytesMax ? 0 : write_address(to, sending_.addresses[staged_]);
  if (length == 0) {
    ++counters_.dropped;
    return false;
  }
  std::copy(frame.begin(), frame.end(), sending_.frames[staged_].begin());
  sending_.vectors[staged_].iov_len = frame.size();
  sending_.headers[staged_].msg_hdr.msg_namelen = length;
  ++staged_;
  return true;
}

int SocketLink::send_frames(FrameBatch& batch, unsigned first, unsigned count) {
  return sendmmsg(descriptor_, &batch.headers[first], count, MSG_DONTWAIT);
}

unsigned SocketLink::flush() {
  unsigned taken = 0;
  for (unsigned next = 0; next < staged_;) {
    const int sent = send_frames(sending_, next, staged_ - next);
    if (sent > 0) {
      next += static_cast<unsigned>(sent);
      taken += static_cast<unsigned>(sent);
    } else {
      refuse(errno);
      ++next;  // the first of the rest was refused: drop it, the others may go elsewhere
    }
  }
  counters_.sent += taken;
  counters_.dropped += staged_ - taken;
  staged_ = 0;
  return taken;
}

unsigned SocketLink::receive(std::span<ReceivedFrame> frames, bool& gone) {
  const unsigned wanted = static_cast<unsigned>(std::min(frames.size(), receiving_.headers.size()));
  receiving_.prepare_receive(wanted);
  const int count = recvmmsg(descriptor_, receiving_.headers.data(), wanted, MSG_DONTWAIT, nullptr);
  if (count < 0 && errno != EAGAIN) refuse(errno);  // reading an error has cleared it
  gone = gone_;
  unsigned kept = 0;
  for (unsigned index = 0; count > 0 && index < static_cast<unsigned>(count); ++index) {
    if ((receiving_.headers[index].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      ++counters_.garbled;
      continue;
    }
    ReceivedFrame& frame = frames[kept];
    frame.source = LinkAddress{};
    if (!read_address(receiving_.addresses[index], frame.source)) continue;
    frame.bytes = std::span(receiving_.frames[index].data(), receiving_.headers[index].msg_len);
    frame.wall_stamp_ns = receiving_.stamp_ns(index);
    ++kept;
  }
  counters_.received += kept;
  return kept;
}

}  // namespace heartwire
