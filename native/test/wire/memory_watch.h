// Counts what the calling thread allocates and locks, and looks for a secret in what it frees. Works by standing in
// for the C library's functions in this executable (shared libraries call ours too), so it is off under sanitizers,
// which do the same.
#pragma once
#include <cstdint>
#include <span>

namespace heartwire::memory_watch {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kAvailable = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool kAvailable = false;
#else
inline constexpr bool kAvailable = true;
#endif
#else
inline constexpr bool kAvailable = true;
#endif

struct Counts {
  unsigned allocations = 0;      // malloc, calloc, realloc, aligned
  unsigned frees = 0;
  unsigned locks = 0;            // mutexes and read-write locks taken
  unsigned freed_with_secret = 0;
  unsigned unmapped_dirty = 0;   // munmap of memory that was not all zero
  unsigned unmapped = 0;
};

// From start() to stop(), on this thread. `secret` (may be empty) must stay alive meanwhile.
void start(std::span<const std::uint8_t> secret);
Counts stop();

}  // namespace heartwire::memory_watch
