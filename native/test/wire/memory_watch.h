// Counts what the calling thread allocates and locks, and looks for a secret in what it frees. Works by standing in
// for the C library's functions in this executable (shared libraries call ours too), so it is off under sanitizers,
// which do the same.
#pragma once
#include <cstdint>
#include <span>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEARTWIRE_WATCH_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEARTWIRE_WATCH_MEMORY 0
#endif
#endif
#ifndef HEARTWIRE_WATCH_MEMORY
#define HEARTWIRE_WATCH_MEMORY 1
#endif

namespace heartwire::memory_watch {

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
