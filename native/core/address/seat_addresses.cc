// See seat_addresses.h.
#include "core/address/seat_addresses.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

namespace heartwire {

namespace {

constexpr int kAnswerTimeoutMs = 2000;  // RTNL can be held for long by others; not for ever

std::vector<std::uint8_t> copy(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<std::uint8_t> exclusive(const NetlinkRequest& request) {
  std::vector<std::uint8_t> bytes = copy(request.bytes());
  nlmsghdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

bool is_router(const std::string& interface) {
  std::ifstream file("/proc/sys/net/ipv6/conf/" + interface + "/forwarding");
  int value = 0;
  return (file >> value) && value != 0;
}

}  // namespace

PreparedAddress prepare_address(const VirtualAddress& address, const WirePorts& ports) {
  PreparedAddress prepared;
  prepared.address = address;
  const auto found = ports.find(address.interface);
  if (found == ports.end() || found->second == nullptr) return prepared;
  const WirePort& port = *found->second;
  prepared.port = &port;
  const NetlinkRequest add = address_request(true, address.address, address.prefix_length, port.interface_index());
  prepared.add = copy(add.bytes());
  prepared.add_again = exclusive(add);
  prepared.remove = copy(address_request(false, address.address, address.prefix_length, port.interface_index()).bytes());
  if (address.address.family == AddressFamily::ipv4) {
    prepared.announcements.push_back(copy(arp_frame(ArpForm::gratuitous_request, address.address, port.mac())));
    prepared.announcements.push_back(copy(arp_frame(ArpForm::gratuitous_reply, address.address, port.mac())));
    prepared.probes.push_back(copy(arp_frame(ArpForm::probe, address.address, port.mac())));
  } else {
    prepared.announcements.push_back(copy(neighbour_advertisement(address.address, port.mac(), is_router(address.interface))));
    prepared.probes.push_back(copy(neighbour_probe(address.address, port.mac())));
  }
  return prepared;
}

AddressRequests::AddressRequests() : descriptor_(open_netlink(0)) { batch_.reserve(kAddressesPerSeat * NetlinkRequest::kBytesMax); }

AddressRequests::~AddressRequests() {
  if (descriptor_ >= 0) close(descriptor_);
}

bool AddressRequests::send(const std::vector<const std::vector<std::uint8_t>*>& requests) {
  batch_.clear();
  for (const auto* request : requests) {
    batch_.insert(batch_.end(), request->begin(), request->end());
    batch_.resize((batch_.size() + 3) & ~std::size_t{3});
  }
  return batch_.empty() || ::send(descriptor_, batch_.data(), batch_.size(), 0) == static_cast<ssize_t>(batch_.size());
}

int AddressRequests::answers(std::size_t count, int harmless) {
  alignas(8) std::array<std::uint8_t, 16384> buffer;
  int first = 0;
  while (count > 0) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (poll(&waiting, 1, kAnswerTimeoutMs) <= 0) return ETIMEDOUT;
    const ssize_t got = recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return errno;
    std::span<const std::uint8_t> data = std::span<const std::uint8_t>(buffer).first(static_cast<std::size_t>(got));
    NetlinkNews news;
    while (count > 0 && next_netlink_message(data, news)) {
      if (news.kind != NetlinkNews::Kind::error) continue;
      --count;
      if (news.error != 0 && news.error != harmless && first == 0) first = news.error;
    }
  }
  return first;
}

}  // namespace heartwire
