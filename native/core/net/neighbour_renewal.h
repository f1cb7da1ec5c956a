// Asks anew for the hardware addresses behind a cable that has just come back. The kernel asks as soon as the carrier is there,
// often before the switch forwards, and then not for a second: for so long a path that is whole again carried no beat. What is
// still without an answer a moment later is forgotten, so that the next beat asks at once. Not for the beat thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace heartwire {

// Those of an interface that are asked for in vain; the others stay. Returns how many.
unsigned forget_unresolved_neighbours(const std::string& interface);

class NeighbourRenewal {
 public:
  void begin(const std::string& interface, std::uint64_t now_ns);
  void act(std::uint64_t now_ns);
  // Until act() has something to do, `most_ms` at most.
  int wait_ms(std::uint64_t now_ns, int most_ms) const;

 private:
  struct Due { std::string interface; std::size_t step = 0; std::uint64_t at_ns = 0; };
  std::vector<Due> due_;
};

}  // namespace heartwire
