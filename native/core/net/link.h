// One path for frames: a UDP socket bound to an interface, an AF_PACKET socket with our own EtherType, or
// a serial line. The three differ only behind this interface. Sends and receives are batched (sendmmsg,
// recvmmsg) into buffers allocated at open; nothing here blocks, allocates or retries after open.
#pragma once
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/net/link_address.h"
#include "core/wire/frame.h"

namespace heartwire {

enum class LinkKind : std::uint8_t { udp = 1, ethernet = 2, serial = 3 };

struct LinkOptions {
  LinkKind kind = LinkKind::udp;
  std::uint8_t link_id = 0;
  std::string interface;               // udp and ethernet; "" for udp: not bound to a device (bridged, loopback tests)
  std::string device;                  // serial: path of the tty
  std::uint32_t baud = 115200;         // serial
  std::uint16_t port = 0;              // udp: local port
  bool broadcast = false;              // udp: may send to and receives broadcasts
  AddressFamily family = AddressFamily::ipv4;  // udp: of the socket
  std::uint16_t ether_type = 0x88B5;   // ethernet; messages use 0x88B6
  std::uint8_t priority = 6;           // SO_PRIORITY
  std::uint8_t dscp = 48;              // CS6
  std::uint32_t busy_poll_us = 0;      // SO_BUSY_POLL; 0: off
  unsigned batch = 64;                 // frames per system call
  LinkAddress group;                   // udp and ethernet: also takes what is sent to this multicast group; family none: to none
  bool segmentation = false;           // udp: frames of one length to one address pass the kernel as one (UDP_SEGMENT)
  unsigned receive_buffer_bytes = 1 << 20;
};

struct ReceivedFrame {
  std::span<std::uint8_t> bytes;       // valid until the next receive(); may have padding behind
  LinkAddress source;
  std::uint64_t wall_stamp_ns = 0;     // kernel receive stamp (CLOCK_REALTIME); 0 if there is none
};

inline constexpr std::size_t kDatagramBytesMax = 2 * kFrameBytesMax;  // what a path takes: the XML form is longer than the frame

// Since the link was opened. One writer (who uses the link).
struct LinkCounters {
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;           // not sent: no room, no route, no interface
  std::uint64_t received = 0;
  std::uint64_t refused = 0;           // errors of sends and receives, ICMP's included; nothing is ever tried again
  std::uint64_t garbled = 0;           // longer than kDatagramBytesMax; serial: broken on the line
  int last_error = 0;                  // errno of the last refusal
};

struct LinkError { int error_number = 0; std::string what; };  // what failed, for people: "SO_BINDTODEVICE eth0"

class Link {
 public:
  virtual ~Link() = default;
  virtual int descriptor() const = 0;
  // Puts a frame into the next batch; sends the batch first if it is full. False: dropped and counted.
  virtual bool stage(const LinkAddress& to, std::span<const std::uint8_t> frame) = 0;
  // Sends what is staged. Returns how many frames the kernel took; the rest are dropped and counted, unless waiting().
  virtual unsigned flush() = 0;
  // A serial line is still busy with the last frames: flush() again, at the latest when the next beat is due.
  virtual bool waiting() const { return false; }
  // Bytes that the socket has taken and that have not left this machine (SIOCOUTQ).
  std::size_t queued_bytes() const;
  // Up to frames.size() waiting frames; 0 when there are none. `gone` is set when the interface vanished.
  virtual unsigned receive(std::span<ReceivedFrame> frames, bool& gone) = 0;
  // The address as the kernel takes it, for a guardian that sends from this socket. 0 bytes: it cannot (serial lines).
  virtual socklen_t endpoint(const LinkAddress&, sockaddr_storage&) const { return 0; }
  // Another sender on the same socket, with buffers of its own, for another thread. Null: this path has none (serial lines).
  // The socket stays open until both are gone.
  virtual std::unique_ptr<Link> twin() const { return nullptr; }
  // Address of everybody on this path (broadcast), for announcements.
  virtual LinkAddress everyone() const = 0;
  const LinkCounters& counters() const { return counters_; }

 protected:
  LinkCounters counters_;
};

// Opens; on failure returns null and says why in `error`.
std::unique_ptr<Link> open_link(const LinkOptions& options, LinkError& error);

}  // namespace heartwire
