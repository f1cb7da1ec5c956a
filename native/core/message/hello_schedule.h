// Whom to greet next: paths that are not proven, each greeted some times at a fixed pace and then left alone until
// there is a new reason. Reasons that anybody can forge (a frame whose tag nobody checked) get one greeting each, and
// fill at most half of the table. Pure.
#pragma once
#include <cstdint>
#include <functional>
#include <map>

#include "core/net/link_address.h"

namespace heartwire {

class HelloSchedule {
 public:
  static constexpr std::size_t kEntriesMax = 4096;
  static constexpr std::uint64_t kPaceNs = 200'000'000;
  static constexpr unsigned kTries = 5;

  // node_id 0: whoever lives there. False: no place.
  bool want(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& to, bool trusted, std::uint64_t first_ns);
  // The path is proven, or known to be hopeless.
  void settle(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& source);
  void forget(std::uint16_t node_id);
  // Calls `greet` for each that is due, and forgets those that have had their tries.
  using Greet = std::function<void(std::uint16_t node_id, std::uint8_t link_id, const LinkAddress& to)>;
  void tick(std::uint64_t now_ns, const Greet& greet);
  std::uint64_t next_deadline_ns() const { return next_ns_; }  // UINT64_MAX: never
  std::size_t size() const { return entries_.size(); }

 private:
  struct Key {
    std::uint16_t node_id;
    std::uint8_t link_id;
    LinkAddress to;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    unsigned tries_left;
    std::uint64_t next_ns;
  };
  std::map<Key, Entry> entries_;
  std::uint64_t next_ns_ = UINT64_MAX;  // not later than the first due entry
};

}  // namespace heartwire
