// What the UDP and the raw Ethernet path have in common: one socket, batched sends and receives. They differ in
// how an address is written down.
#pragma once
#include "core/net/frame_batch.h"
#include "core/net/link.h"

namespace heartwire {

class SocketLink : public Link {
 public:
  // `interface_index`: of the interface that it stands and falls with; 0: none.
  SocketLink(int descriptor, unsigned batch, int interface_index);
  ~SocketLink() override;
  SocketLink(const SocketLink&) = delete;
  SocketLink& operator=(const SocketLink&) = delete;
  int descriptor() const override { return descriptor_; }
  bool stage(const LinkAddress& to, std::span<const std::uint8_t> frame) override;
  unsigned flush() override;
  socklen_t endpoint(const LinkAddress& of, sockaddr_storage& to) const override { return write_address(of, to); }
  unsigned receive(std::span<ReceivedFrame> frames, bool& gone) override;

 protected:
  // 0: not an address of this path.
  virtual socklen_t write_address(const LinkAddress& from, sockaddr_storage& to) const = 0;
  // False: not for us.
  virtual bool read_address(const sockaddr_storage& from, LinkAddress& to) const = 0;
  // Gives staged frames to the kernel; returns how many it took, or -1 and errno, when not even the first.
  virtual int send_frames(FrameBatch& batch, unsigned first, unsigned count);

  // For twin(); -1 when there are no descriptors left.
  int copy_descriptor() const;
  unsigned batch() const { return static_cast<unsigned>(sending_.headers.size()); }
  int interface_index() const { return interface_index_; }

 private:
  void refuse(int error);
  int descriptor_;
  int interface_index_;
  bool gone_ = false;
  unsigned staged_ = 0;
  FrameBatch sending_, receiving_;
};

// Options that both kinds set: stamps, buffer, priority. False: `error` says which failed.
bool set_common_options(int descriptor, const LinkOptions& options, LinkError& error);

std::unique_ptr<Link> open_udp_link(const LinkOptions& options, LinkError& error);
std::unique_ptr<Link> open_packet_link(const LinkOptions& options, LinkError& error);
std::unique_ptr<Link> open_serial_link(const LinkOptions& options, LinkError& error);

}  // namespace heartwire
