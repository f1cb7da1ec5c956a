// rtnetlink messages, built and read by bounds-checked code of our own (four messages; a library would be a shared
// object more). The kernel's answers are input too: every length is compared before it is used. Pure; fuzzed.
#pragma once
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/net/link_address.h"

namespace heartwire {

// Requests, one behind the other, that the kernel carries out in one system call. Allocates; prepared beforehand.
class NetlinkBatch {
 public:
  // Starts a message. `fixed` is the family's header (ifaddrmsg, ifinfomsg).
  void begin(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, std::span<const std::uint8_t> fixed);
  void attribute(std::uint16_t type, std::span<const std::uint8_t> value);
  // Asks for an answer to the message begun last. Errors are answered anyway.
  void acknowledge_last();
  void clear() { bytes_.clear(); }
  std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  void append(std::span<const std::uint8_t> value);
  nlmsghdr header() const;
  void set_header(const nlmsghdr& header);
  std::vector<std::uint8_t> bytes_;
  std::size_t begun_ = 0;
};

template <typename T>
std::span<const std::uint8_t> as_bytes(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

struct NetlinkNews {
  enum class Kind : std::uint8_t { other, link_changed, link_gone, address_added, address_gone, route, neighbour, queue, error, done } kind = Kind::other;
  int interface_index = 0;
  // Links.
  bool up = false;
  bool carrier = false;
  bool has_mac = false;
  bool port = false;               // of a bridge, a bond or a team: it has no addresses of its own
  std::uint16_t device_type = 0;   // ARPHRD_*
  std::uint32_t mtu = 0;
  std::array<std::uint8_t, 6> mac{};
  std::array<char, 16> name{};     // always ends with a zero
  // Of a neighbour: its hardware address is asked for in vain.
  bool unresolved = false;
  // Addresses; of a route, its gateway (family none: it has none); of a neighbour.
  std::uint8_t prefix_length = 0;
  LinkAddress address;
  // An interface's own egress queue (the root qdisc).
  std::uint64_t packets_sent = 0, bytes_sent = 0;
  std::uint32_t packets_queued = 0, bytes_queued = 0;
  bool has_no_queue = false;       // `noqueue`: what is sent is with the driver at once
  // Answers (kind error, also when there was none).
  int error = 0;                   // errno of the kernel's answer; 0: done
  std::uint32_t sequence = 0;
  std::string_view interface_name() const { return name.data(); }
};

// Reads the message at the front of `data` and removes it; false when nothing whole is left.
bool next_netlink_message(std::span<const std::uint8_t>& data, NetlinkNews& news);

}  // namespace heartwire

