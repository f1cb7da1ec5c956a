// See cpu_latency.h.
#include "core/rt/cpu_latency.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace heartwire {
namespace {

constexpr std::int32_t kAnyLatency = -1;  // PM_QOS_DEFAULT_VALUE

void tell(std::string& reason, const char* device) {
  reason = device;
  reason += ": ";
  reason += std::strerror(errno);
}

}  // namespace

std::unique_ptr<CpuLatency> CpuLatency::open(std::string& reason, const char* device) {
  const int descriptor = ::open(device, O_WRONLY | O_CLOEXEC);
  if (descriptor >= 0) return std::unique_ptr<CpuLatency>(new CpuLatency(descriptor));
  tell(reason, device);
  return nullptr;
}

CpuLatency::~CpuLatency() { close(descriptor_); }

bool CpuLatency::request(std::int32_t latency_us, std::string* reason) const {
  const bool granted = write(descriptor_, &latency_us, sizeof latency_us) == sizeof latency_us;
  if (!granted && reason != nullptr) tell(*reason, kCpuLatencyDevice);
  return granted;
}

void CpuLatency::withdraw() const { request(kAnyLatency); }

}  // namespace heartwire
