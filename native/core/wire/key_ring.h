// The cluster's keys by id. A ring is immutable once built: rotation builds a new ring and swaps it, so no
// reader ever sees half a change. Keys lie in memory of their own, locked and out of core dumps (where
// allowed), and are wiped with the ring.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/wire/seal.h"

namespace heartwire {

inline constexpr std::size_t kKeysMax = 8;

class KeyRing {
 public:
  struct Entry { std::uint8_t id; std::span<const std::uint8_t> key; };
  // Entries in order of preference: the first is used for sending. 1-8 entries, ids 1-255 and distinct, keys of
  // kClusterKeyBytesMin to kClusterKeyBytesMax bytes; otherwise null and `why` says what is wrong.
  static std::shared_ptr<KeyRing> build(std::span<const Entry> entries, std::string& why);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;
  std::uint8_t send_key_id() const { return ids_.front(); }
  std::span<const std::uint8_t> find(std::uint8_t key_id) const;  // empty when unknown
  std::span<const std::uint8_t> ids() const { return ids_; }      // in order of preference
  bool locked() const { return locked_; }                         // false: the keys may reach swap; said in status

 private:
  struct Slot;
  KeyRing() = default;
  Slot* slots_ = nullptr;  // kKeysMax of them, in pages of their own
  std::vector<std::uint8_t> ids_;
  bool locked_ = false;
};

}  // namespace heartwire
