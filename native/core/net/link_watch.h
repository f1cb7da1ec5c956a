// Carrier and existence of interfaces, as the kernel tells them (rtnetlink multicast): read by the beat thread, which
// only ever takes what is there and never asks, since asking takes the kernel's RTNL lock.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/net/netlink_message.h"

namespace heartwire {

struct LinkNews {
  std::array<char, 16> name{};
  bool carrier = false;
  bool gone = false;
  std::string_view interface_name() const { return std::string_view(name.data()); }
};

class LinkWatch {
 public:
  static std::unique_ptr<LinkWatch> open();
  ~LinkWatch();
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;
  int descriptor() const { return descriptor_; }
  bool next(LinkNews& news);

 private:
  explicit LinkWatch(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
  alignas(8) std::array<std::uint8_t, 16384> buffer_{};
  std::span<const std::uint8_t> unread_;
};

}  // namespace heartwire
