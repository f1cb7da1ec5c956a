// rtnetlink sockets. One kind listens to what the kernel tells everybody and never asks; the other asks and waits for
// the answer, which takes the kernel's RTNL lock, so it has no place on the beat thread.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/net/netlink_message.h"

namespace heartwire {

// Listens; never blocks, allocates nothing after open().
class NetlinkWatch {
 public:
  // `groups`: RTMGRP_*. Null: errno says why.
  static std::unique_ptr<NetlinkWatch> open(std::uint32_t groups);
  ~NetlinkWatch();
  NetlinkWatch(const NetlinkWatch&) = delete;
  NetlinkWatch& operator=(const NetlinkWatch&) = delete;
  int descriptor() const { return descriptor_; }
  // The next message; false when there is none.
  bool next(NetlinkNews& news);
  // True once after the kernel had more to tell than the socket could hold: what is known must be read anew.
  bool take_overrun();

 private:
  explicit NetlinkWatch(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
  bool overrun_ = false;
  std::span<const std::uint8_t> unread_;
  alignas(8) std::array<std::uint8_t, 32768> buffer_{};
};

// Asks. Each call returns 0 or an errno of its own; the kernel's verdict on single requests comes through `take`.
class NetlinkRequests {
 public:
  static std::unique_ptr<NetlinkRequests> open();
  ~NetlinkRequests();
  NetlinkRequests(const NetlinkRequests&) = delete;
  NetlinkRequests& operator=(const NetlinkRequests&) = delete;

  using Take = std::function<void(const NetlinkNews&)>;
  // The kernel has carried the batch out when this returns.
  int send(std::span<const std::uint8_t> batch);
  // Reads answers up to and with the one to `last_sequence`. Errors of requests in between, routes and queues come through `take`.
  int collect(std::uint32_t last_sequence, const Take& take);
  // Everything of a kind: RTM_GETLINK, RTM_GETADDR.
  int dump(std::uint16_t type, const Take& take);

 private:
  explicit NetlinkRequests(int descriptor) : descriptor_(descriptor) {}
  // After a failure answers may still come, and would be taken for those to later requests: another socket.
  int fail(int error);
  int descriptor_;
  std::uint32_t dump_sequence_ = 0x80000000;  // apart from the batches', which count from 1
  alignas(8) std::array<std::uint8_t, 32768> buffer_{};
};

}  // namespace heartwire
