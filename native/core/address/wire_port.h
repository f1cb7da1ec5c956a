// One interface as the address thread uses it: a raw socket that sends announcements and probes, and hears who else
// says that it has one of our addresses (ARP; neighbour advertisements). Filtered in the kernel, so that ordinary
// traffic costs nothing.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/address/announce.h"

namespace heartwire {

struct HeardHolder {  // somebody announced or answered for this address
  LinkAddress address;
  Mac mac{};
};

class WirePort {
 public:
  // Null when the interface does not exist or the socket is refused.
  static std::unique_ptr<WirePort> open(const std::string& interface);
  ~WirePort();
  WirePort(const WirePort&) = delete;
  WirePort& operator=(const WirePort&) = delete;
  int descriptor() const { return descriptor_; }
  int interface_index() const { return index_; }
  const Mac& mac() const { return mac_; }
  const std::string& interface() const { return interface_; }
  void send(std::span<const std::uint8_t> frame) const;
  // The next claim of an address by a MAC other than ours; nothing when none waits.
  std::optional<HeardHolder> next() const;

 private:
  WirePort() = default;
  int descriptor_ = -1, index_ = 0;
  Mac mac_{};
  std::string interface_;
};

// Who claims which address in this Ethernet frame, if anybody. Pure; for tests and fuzzing.
std::optional<HeardHolder> read_claim(std::span<const std::uint8_t> frame);

}  // namespace heartwire
