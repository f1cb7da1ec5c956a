// See memory.h.
#include "core/rt/memory.h"

#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace heartwire {

namespace {

struct Search {
  std::uintptr_t inside;
  std::vector<MemoryRange> ranges;
};

int take_object(dl_phdr_info* info, std::size_t, void* argument) {
  Search& search = *static_cast<Search*>(argument);
  std::vector<MemoryRange> ranges;
  bool found = false;
  for (int index = 0; index < info->dlpi_phnum; ++index) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
    found = found || (search.inside >= start && search.inside < start + segment.p_memsz);
    ranges.push_back({reinterpret_cast<const void*>(start), segment.p_memsz});
  }
  if (!found) return 0;
  search.ranges = std::move(ranges);
  return 1;
}

std::string refusal(int error) {
  std::string reason = std::string("mlock refused: ") + std::strerror(error);
  rlimit limit{};
  if ((error == EPERM || error == ENOMEM) && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    reason += " (needs CAP_IPC_LOCK, or more than RLIMIT_MEMLOCK's " + std::to_string(limit.rlim_cur / 1024) + " KiB)";
  }
  return reason;
}

}  // namespace

std::string lock_memory(std::span<const MemoryRange> ranges) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  std::string reason;
  for (const MemoryRange& range : ranges) {
    if (range.start == nullptr || range.bytes == 0) continue;
    const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(range.start) & ~(page - 1);
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(range.start) + range.bytes;
    if (mlock(reinterpret_cast<const void*>(start), end - start) != 0 && reason.empty()) reason = refusal(errno);
  }
  return reason;
}

std::vector<MemoryRange> own_code() {
  Search search{reinterpret_cast<std::uintptr_t>(&take_object), {}};
  dl_iterate_phdr(take_object, &search);
  return std::move(search.ranges);
}

MemoryRange own_stack(std::size_t bytes) {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  const auto bottom = reinterpret_cast<std::uintptr_t>(lowest);
  const auto top = bottom + size;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (here < bottom || here >= top) return {};  // a stack that is not the thread's own (sanitizers)
  const std::uintptr_t start = here - std::min<std::uintptr_t>(bytes, here - bottom);
  return {reinterpret_cast<const void*>(start), top - start};
}

}  // namespace heartwire
