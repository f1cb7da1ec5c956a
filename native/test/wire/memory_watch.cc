// See memory_watch.h. glibc keeps its own functions reachable under other names.
#include "test/wire/memory_watch.h"

namespace heartwire::memory_watch {
namespace {
thread_local bool watching = false;
thread_local Counts counts;
thread_local std::span<const std::uint8_t> secret;
}  // namespace

void start(std::span<const std::uint8_t> wanted) {
  counts = {};
  secret = wanted;
  watching = true;
}

Counts stop() {
  watching = false;
  return counts;
}

}  // namespace heartwire::memory_watch

#if HEARTWIRE_WATCH_MEMORY
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

using namespace heartwire::memory_watch;

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
void __libc_free(void*);

void* malloc(size_t size) {
  if (watching) counts.allocations++;
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  if (watching) counts.allocations++;
  return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
  if (watching) counts.allocations++;
  return __libc_realloc(memory, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  if (watching) counts.allocations++;
  return __libc_memalign(alignment, size);
}

void free(void* memory) {
  if (watching && memory) {
    counts.frees++;
    if (!secret.empty() && memmem(memory, malloc_usable_size(memory), secret.data(), secret.size())) counts.freed_with_secret++;
  }
  __libc_free(memory);
}

int munmap(void* memory, size_t size) {
  if (watching) {
    const auto* const bytes = static_cast<const unsigned char*>(memory);
    counts.unmapped++;
    if (std::any_of(bytes, bytes + size, [](unsigned char byte) { return byte != 0; })) counts.unmapped_dirty++;
  }
  return static_cast<int>(syscall(SYS_munmap, memory, size));
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto real = reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  if (watching) counts.locks++;
  return real(mutex);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  static const auto real = reinterpret_cast<int (*)(pthread_rwlock_t*)>(dlsym(RTLD_NEXT, "pthread_rwlock_rdlock"));
  if (watching) counts.locks++;
  return real(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  static const auto real = reinterpret_cast<int (*)(pthread_rwlock_t*)>(dlsym(RTLD_NEXT, "pthread_rwlock_wrlock"));
  if (watching) counts.locks++;
  return real(lock);
}
}
#endif
