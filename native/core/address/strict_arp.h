// Makes an interface answer ARP only for its own addresses and announce only from them (arp_ignore=1,
// arp_announce=2): with the kernel's defaults a second NIC on the same wire answers for the address too (tried).
// promote_secondaries=1 keeps the kernel from removing a node's own address together with a virtual one of the same
// subnet that came first.
#pragma once
#include <string>

#include "core/net/kernel_settings.h"

namespace heartwire {

// May be called again when the interface has come anew.
inline void be_strict_with_arp(KernelSettings& settings, const std::string& interface) {
  const std::string folder = "/proc/sys/net/ipv4/conf/" + interface + "/";
  settings.at_least(folder + "arp_ignore", 1);
  settings.at_least(folder + "arp_announce", 2);
  settings.at_least(folder + "promote_secondaries", 1);
}

}  // namespace heartwire
