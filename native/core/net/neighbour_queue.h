// What waits for the hardware address of a neighbour that does not answer. Linux keeps up to 208 KiB for each (some 270 beats)
// and sends all of it at once when the neighbour is back: at 1 ms and three nodes that kept a processor for 7 ms, and leases of 3 ms
// ran out everywhere because a cable was plugged in again (tried). Old beats are worth nothing; the newest few are.
#pragma once
#include <string>

#include "core/net/kernel_settings.h"

namespace heartwire {

// As much as Linux kept before 3.3: three full packets, or ten beats. It counts for whoever sends there.
inline constexpr int kNeighbourQueueBytes = 8192;

// May be called again when the interface has come anew.
inline void bound_neighbour_queue(KernelSettings& settings, const std::string& interface) {
  if (interface.empty()) return;
  for (const char* family : {"ipv4", "ipv6"})
    settings.at_most("/proc/sys/net/" + std::string(family) + "/neigh/" + interface + "/unres_qlen_bytes", kNeighbourQueueBytes);
}

}  // namespace heartwire
