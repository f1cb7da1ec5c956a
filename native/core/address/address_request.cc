// See address_request.h.
#include "core/address/address_request.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <set>
#include <tuple>

namespace heartwire {

namespace {

std::size_t address_bytes(const LinkAddress& address) { return address.family == AddressFamily::ipv6 ? 16 : 4; }

void begin(NetlinkBatch& batch, std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, const LinkAddress& address,
           std::uint8_t prefix_length, int interface_index) {
  ifaddrmsg fixed{};
  fixed.ifa_family = address.family == AddressFamily::ipv6 ? AF_INET6 : AF_INET;
  fixed.ifa_prefixlen = prefix_length;
  fixed.ifa_scope = RT_SCOPE_UNIVERSE;
  fixed.ifa_index = static_cast<std::uint32_t>(interface_index);
  batch.begin(type, flags, sequence, as_bytes(fixed));
  const auto value = std::span(address.bytes).first(address_bytes(address));
  batch.attribute(IFA_LOCAL, value);
  batch.attribute(IFA_ADDRESS, value);
}

std::string text_of(const LinkAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(address.family == AddressFamily::ipv6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}

bool can_be_interface(const std::string& name) {
  return !name.empty() && name.size() < IFNAMSIZ && name.find('/') == std::string::npos;
}

// Empty, or why no host can have it.
std::string check_kind(const LinkAddress& address) {
  const auto& bytes = address.bytes;
  if (address.family == AddressFamily::ipv4) {
    const bool unicast = bytes[0] != 0 && bytes[0] != 127 && bytes[0] < 224;
    return unicast ? "" : text_of(address) + " is not an address that a host can hold";
  }
  if (address.family != AddressFamily::ipv6) return "an address is neither IPv4 nor IPv6";
  const LinkAddress none{AddressFamily::ipv6, 0, 0, {}, 0};
  return bytes[0] != 0xff && bytes != none.bytes ? "" : text_of(address) + " is not an address that a host can hold";
}

}  // namespace

void add_address_request(NetlinkBatch& batch, std::uint32_t sequence, const VirtualAddress& address, int interface_index, bool covered) {
  const bool v6 = address.address.family == AddressFamily::ipv6;
  begin(batch, RTM_NEWADDR, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL, sequence, address.address, address.prefix_length, interface_index);
  const std::uint32_t flags = (v6 ? IFA_F_NODAD : 0u) | (covered ? IFA_F_NOPREFIXROUTE : 0u);
  batch.attribute(IFA_FLAGS, as_bytes(flags));
  if (!v6) return;
  ifa_cacheinfo lifetime{};
  lifetime.ifa_prefered = 0;
  lifetime.ifa_valid = 0xffffffff;
  batch.attribute(IFA_CACHEINFO, as_bytes(lifetime));
}

void remove_address_request(NetlinkBatch& batch, std::uint32_t sequence, const LinkAddress& address, std::uint8_t prefix_length,
                            int interface_index) {
  begin(batch, RTM_DELADDR, NLM_F_REQUEST, sequence, address, prefix_length, interface_index);
}

bool same_subnet(const LinkAddress& one, const LinkAddress& other, std::uint8_t prefix_length) {
  if (one.family != other.family) return false;
  for (unsigned bit = 0; bit < prefix_length && bit < 8 * address_bytes(one); bit += 8) {
    const unsigned wanted = prefix_length - bit >= 8 ? 8 : prefix_length - bit;
    const auto mask = static_cast<std::uint8_t>(0xff00u >> wanted);
    if ((one.bytes[bit / 8] & mask) != (other.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

std::string check_addresses(const std::vector<VirtualAddress>& addresses) {
  std::array<std::size_t, kSeatsMax> count{};
  std::set<std::tuple<AddressFamily, std::array<std::uint8_t, 16>>> seen;
  for (const VirtualAddress& address : addresses) {
    if (std::string wrong = check_kind(address.address); !wrong.empty()) return wrong;
    const std::string text = text_of(address.address);
    const unsigned longest = address.address.family == AddressFamily::ipv4 ? 32 : 128;
    if (address.seat >= kSeatsMax) {
      return text + ": seat " + std::to_string(address.seat) + " is not in 0-" + std::to_string(kSeatsMax - 1);
    }
    if (address.prefix_length < 1 || address.prefix_length > longest) {
      return text + ": prefix length " + std::to_string(address.prefix_length) + " is not in 1-" + std::to_string(longest);
    }
    if (!can_be_interface(address.interface)) return text + ": '" + address.interface + "' cannot be the name of an interface";
    if (!address.standby_interface.empty() && !can_be_interface(address.standby_interface)) {
      return text + ": '" + address.standby_interface + "' cannot be the name of an interface";
    }
    if (address.interface == address.standby_interface) return text + ": '" + address.interface + "' cannot stand by for itself";
    if (++count[address.seat] > kAddressesPerSeat) {
      return "seat " + std::to_string(address.seat) + " has more than " + std::to_string(kAddressesPerSeat) + " addresses";
    }
    if (!seen.emplace(address.address.family, address.address.bytes).second) return text + " is named twice";
  }
  return "";
}

}  // namespace heartwire
