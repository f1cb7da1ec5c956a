// See guard_cells.h.
#include "core/guard/guard_cells.h"

#include <sys/mman.h>

namespace heartwire {

namespace {

std::uint64_t* map_words(int descriptor, std::size_t bytes) {
  if (descriptor < 0) return nullptr;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::uint64_t*>(memory);
}

}  // namespace

GuardCells GuardCells::map(int seats, int cells) {
  GuardCells mapped;
  mapped.seats_ = map_words(seats, kSeatBytes);
  mapped.cells_ = map_words(cells, kCellBytes);
  if (mapped.cells_ != nullptr) mlock(mapped.cells_, kCellBytes);
  return mapped;
}

void GuardCells::unmap() {
  if (seats_ != nullptr) munmap(seats_, kSeatBytes);
  if (cells_ != nullptr) munmap(cells_, kCellBytes);
  seats_ = cells_ = nullptr;
}

}  // namespace heartwire
