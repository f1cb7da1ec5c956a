// Keeps in memory what a real-time thread touches, range by range. Never mlockall(): V8 gives pages back by madvise(),
// which fails on locked memory, and then it aborts the process (tried on Node 20.20).
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace heartwire {

struct MemoryRange {
  const void* start = nullptr;
  std::size_t bytes = 0;
};

// Faults the ranges in and locks them. Returns why not all of it could be, for people; empty: done.
std::string lock_memory(std::span<const MemoryRange> ranges);

// Code and data of the executable or shared object that this code is in.
std::vector<MemoryRange> own_code();

// The part of the calling thread's stack that is in use and `bytes` below it.
MemoryRange own_stack(std::size_t bytes);

}  // namespace heartwire
