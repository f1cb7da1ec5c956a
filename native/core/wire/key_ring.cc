// Keeps cluster keys out of swap, core dumps and freed memory, as far as the system lets us.
#include "core/wire/key_ring.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include <openssl/crypto.h>

namespace heartwire {

struct KeyRing::Slot {
  std::size_t size;
  std::uint8_t key[kClusterKeyBytesMax];
};

namespace {

std::string complaint(std::span<const KeyRing::Entry> entries) {
  if (entries.empty() || entries.size() > kKeysMax) return "a key ring has 1 to " + std::to_string(kKeysMax) + " keys";
  for (std::size_t i = 0; i < entries.size(); i++) {
    const auto& [id, key] = entries[i];
    if (id == 0) return "key id 0 is reserved; use 1 to 255";
    if (key.size() < kClusterKeyBytesMin || key.size() > kClusterKeyBytesMax)
      return "key " + std::to_string(id) + " has " + std::to_string(key.size()) + " bytes; it needs " +
             std::to_string(kClusterKeyBytesMin) + " to " + std::to_string(kClusterKeyBytesMax);
    if (std::any_of(entries.begin(), entries.begin() + i, [id = id](const KeyRing::Entry& other) { return other.id == id; }))
      return "key id " + std::to_string(id) + " is given twice";
  }
  return "";
}

}  // namespace

std::shared_ptr<KeyRing> KeyRing::build(std::span<const Entry> entries, std::string& why) {
  why = complaint(entries);
  if (!why.empty()) return nullptr;
  constexpr std::size_t bytes = kKeysMax * sizeof(Slot);
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    why = "no memory for the key ring";
    return nullptr;
  }
  std::shared_ptr<KeyRing> ring(new KeyRing);
  ring->slots_ = static_cast<Slot*>(pages);
  ring->locked_ = mlock(pages, bytes) == 0;
  madvise(pages, bytes, MADV_DONTDUMP);
  for (const Entry& entry : entries) {
    Slot& slot = ring->slots_[ring->ids_.size()];
    slot.size = entry.key.size();
    std::memcpy(slot.key, entry.key.data(), entry.key.size());
    ring->ids_.push_back(entry.id);
  }
  return ring;
}

KeyRing::~KeyRing() {
  if (!slots_) return;
  OPENSSL_cleanse(slots_, kKeysMax * sizeof(Slot));
  munmap(slots_, kKeysMax * sizeof(Slot));
}

std::span<const std::uint8_t> KeyRing::find(std::uint8_t key_id) const {
  const auto found = std::find(ids_.begin(), ids_.end(), key_id);
  if (found == ids_.end()) return {};
  const Slot& slot = slots_[found - ids_.begin()];
  return {slot.key, slot.size};
}

}  // namespace heartwire
