// See guard_memory.h.
#include "core/guard/guard_memory.h"

#include <arpa/inet.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace heartwire {

namespace {

constexpr std::size_t kLinesMax = 4096;

std::string this_run_of_the_kernel() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

bool read_address(const std::string& text, LinkAddress& address) {
  const bool v6 = text.find(':') != std::string::npos;
  address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  return inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), address.bytes.data()) == 1;
}

std::string text_of(const LinkAddress& address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(address.family == AddressFamily::ipv6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
  return text;
}

}  // namespace

GuardMemory GuardMemory::read(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line != this_run_of_the_kernel()) return {};
  GuardMemory memory;
  for (std::size_t count = 0; count < kLinesMax && std::getline(file, line); ++count) {
    std::istringstream words(line);
    std::string kind, value;
    words >> kind >> value;
    LinkAddress address;
    if (kind == "program") memory.programs.push_back(static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10)));
    else if (kind == "address" && read_address(value, address)) memory.addresses.push_back(address);
    else return {};
  }
  return memory;
}

void GuardMemory::write(const std::string& path) const {
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << this_run_of_the_kernel() << '\n';
    for (const std::uint32_t program : programs) file << "program " << program << '\n';
    for (const LinkAddress& address : addresses) file << "address " << text_of(address) << '\n';
    if (!file.flush()) return;
  }
  std::rename(fresh.c_str(), path.c_str());
}

}  // namespace heartwire
