// A request to the kernel's PM-QoS: while it stands, no CPU of this machine goes to a sleep from which it wakes later. It
// belongs to the descriptor, so a process that dies leaves none behind.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace heartwire {

inline constexpr char kCpuLatencyDevice[] = "/dev/cpu_dma_latency";

class CpuLatency {
 public:
  // Null: refused, and `reason` says why. Asks for nothing yet.
  static std::unique_ptr<CpuLatency> open(std::string& reason, const char* device = kCpuLatencyDevice);
  ~CpuLatency();
  CpuLatency(const CpuLatency&) = delete;
  CpuLatency& operator=(const CpuLatency&) = delete;
  // In microseconds; 0: CPUs do not sleep at all. False: the kernel refuses, and `reason`, unless null, says why.
  bool request(std::int32_t latency_us, std::string* reason = nullptr) const;
  void withdraw() const;

 private:
  explicit CpuLatency(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace heartwire
