// Makes an interface answer ARP only for its own addresses and announce only from them (arp_ignore=1,
// arp_announce=2): with the kernel's defaults a second NIC on the same wire answers for the address too (tried).
// promote_secondaries=1 keeps the kernel from removing a node's own address together with a virtual one of the same
// subnet that came first. Only ever stricter; what stood there before comes back at the end.
#pragma once
#include <map>
#include <string>

namespace heartwire {

class StrictArp {
 public:
  StrictArp() = default;
  ~StrictArp();
  StrictArp(const StrictArp&) = delete;
  StrictArp& operator=(const StrictArp&) = delete;
  // May be called again when the interface has come anew.
  void apply(const std::string& interface);

 private:
  void raise(const std::string& path, int wanted);
  struct Setting { int before = 0, ours = 0; };
  std::map<std::string, Setting> changed_;  // by path
};

}  // namespace heartwire
