// See interface_info.h.
#include "core/net/interface_info.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

namespace heartwire {

namespace {

std::uint8_t prefix_of(const std::uint8_t* mask, std::size_t bytes) {
  std::uint8_t length = 0;
  for (std::size_t index = 0; index < bytes; ++index) length = static_cast<std::uint8_t>(length + __builtin_popcount(mask[index]));
  return length;
}

void add_address(const ifaddrs& entry, InterfaceInfo& info) {
  if (entry.ifa_addr == nullptr) return;
  InterfaceAddress found;
  if (entry.ifa_addr->sa_family == AF_INET) {
    found.address.family = AddressFamily::ipv4;
    std::memcpy(found.address.bytes.data(), &reinterpret_cast<const sockaddr_in*>(entry.ifa_addr)->sin_addr, 4);
    if (entry.ifa_netmask != nullptr) {
      found.prefix_length = prefix_of(reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<const sockaddr_in*>(entry.ifa_netmask)->sin_addr), 4);
    }
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr);
    found.address.family = AddressFamily::ipv6;
    found.address.scope_id = address->sin6_scope_id;
    std::memcpy(found.address.bytes.data(), &address->sin6_addr, 16);
    if (entry.ifa_netmask != nullptr) {
      found.prefix_length = prefix_of(reinterpret_cast<const std::uint8_t*>(&reinterpret_cast<const sockaddr_in6*>(entry.ifa_netmask)->sin6_addr), 16);
    }
  } else {
    return;
  }
  info.addresses.push_back(found);
}

}  // namespace

std::optional<InterfaceInfo> interface_info(const std::string& name) {
  if (name.empty() || name.size() >= IFNAMSIZ) return std::nullopt;
  const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::nullopt;
  ifreq request{};
  std::memcpy(request.ifr_name, name.c_str(), name.size());
  InterfaceInfo info;
  const bool exists = ioctl(descriptor, SIOCGIFINDEX, &request) == 0;
  info.index = request.ifr_ifindex;
  if (exists && ioctl(descriptor, SIOCGIFFLAGS, &request) == 0) info.carrier = (request.ifr_flags & IFF_RUNNING) != 0;
  if (exists && ioctl(descriptor, SIOCGIFMTU, &request) == 0) info.mtu = request.ifr_mtu;
  if (exists && ioctl(descriptor, SIOCGIFHWADDR, &request) == 0) std::memcpy(info.mac.data(), request.ifr_hwaddr.sa_data, 6);
  close(descriptor);
  if (!exists) return std::nullopt;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) == 0) {
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
      if (name == entry->ifa_name) add_address(*entry, info);
    }
    freeifaddrs(list);
  }
  return info;
}

}  // namespace heartwire
