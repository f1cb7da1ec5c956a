// rtnetlink messages, built and read by bounds-checked code of our own (four messages; a library would be a shared
// object more). The kernel's answers are input too: every length is compared before it is used. Pure; fuzzed.
#pragma once
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "core/net/link_address.h"

namespace heartwire {

// One request under construction, at most kBytesMax long; add() refuses what does not fit.
class NetlinkRequest {
 public:
  static constexpr std::size_t kBytesMax = 256;
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, std::span<const std::uint8_t> fixed);
  bool add(std::uint16_t attribute, std::span<const std::uint8_t> value);
  void set_sequence(std::uint32_t sequence);
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

 private:
  alignas(nlmsghdr) std::array<std::uint8_t, kBytesMax> bytes_{};
  std::size_t size_ = 0;
};

// Adds or removes an address on an interface: no duplicate-address detection wait, no route of its own beyond the
// prefix (`NOPREFIXROUTE` where the prefix is not a host's).
NetlinkRequest address_request(bool add, const LinkAddress& address, std::uint8_t prefix_length, int interface_index);

struct NetlinkNews {
  enum class Kind : std::uint8_t { other, link_changed, link_gone, address_added, address_gone, error, done } kind = Kind::other;
  int interface_index = 0;
  bool carrier = false;
  std::array<char, 16> name{};     // links
  LinkAddress address;             // addresses
  std::uint8_t prefix_length = 0;
  int error = 0;                   // errno of the kernel's answer; 0: done
  std::uint32_t sequence = 0;
};

// Reads the message at the front of `data` and removes it; false when nothing whole is left.
bool next_netlink_message(std::span<const std::uint8_t>& data, NetlinkNews& news);

// A nonblocking rtnetlink socket that listens to `groups` (RTMGRP_*); negative errno on failure.
int open_netlink(std::uint32_t groups);

}  // namespace heartwire
