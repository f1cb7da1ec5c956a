// Keeps the machine's CPUs awake while messages are dense (dense_traffic.h): told of what comes by who works, and carried out by
// the message thread, since the kernel wakes every CPU that sleeps when that changes.
#pragma once
#include <cstdint>
#include <utility>

#include "core/message/dense_traffic.h"
#include "core/rt/cpu_latency.h"

namespace heartwire {

class Wakefulness {
 public:
  // `latency` null: CPUs sleep as they like. `awake_us`: what they must wake within while messages are dense; 0: they do not sleep.
  Wakefulness(const CpuLatency* latency, std::int32_t awake_us) : latency_(latency), awake_us_(awake_us) {}
  void came(std::uint64_t now_ns) { traffic_.came(now_ns); }
  bool wanted(std::uint64_t now_ns) const { return latency_ != nullptr && traffic_.dense(now_ns); }
  void keep(bool awake) {
    if (awake == std::exchange(awake_, awake)) return;
    if (awake) latency_->request(awake_us_);
    else latency_->withdraw();
  }

 private:
  const CpuLatency* latency_;
  std::int32_t awake_us_;
  DenseTraffic traffic_;
  bool awake_ = false;
};

}  // namespace heartwire
