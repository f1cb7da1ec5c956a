// Makes an interface answer ARP only for its own addresses and announce only from them (arp_ignore=1,
// arp_announce=2): with the kernel's defaults a second NIC on the same wire answers for the address too (tried).
// What stood there before comes back at the end.
#pragma once
#include <fstream>
#include <map>
#include <string>

namespace heartwire {

class StrictArp {
 public:
  ~StrictArp() {
    for (const auto& [path, value] : before_) write(path, value);
  }
  void apply(const std::string& interface) {
    set("/proc/sys/net/ipv4/conf/" + interface + "/arp_ignore", "1");
    set("/proc/sys/net/ipv4/conf/" + interface + "/arp_announce", "2");
  }

 private:
  static void write(const std::string& path, const std::string& value) { std::ofstream(path) << value; }
  void set(const std::string& path, const std::string& value) {
    std::string old;
    if (before_.count(path) != 0 || !(std::ifstream(path) >> old)) return;
    if (old == value) return;
    before_[path] = old;
    write(path, value);
  }
  std::map<std::string, std::string> before_;
};

}  // namespace heartwire
