// See netlink_message.h.
#include "core/net/netlink_message.h"

#include <linux/neighbour.h>

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace heartwire {

namespace {

template <typename T>
bool read_at(std::span<const std::uint8_t> data, std::size_t offset, T& value) {
  if (data.size() < sizeof(T) || offset > data.size() - sizeof(T)) return false;
  std::memcpy(&value, data.data() + offset, sizeof(T));
  return true;
}

constexpr std::uint32_t kLowerUp = 1u << 16;  // IFF_LOWER_UP; <linux/if.h> and <net/if.h> exclude each other

constexpr std::size_t aligned(std::size_t length) { return (length + 3) & ~std::size_t{3}; }

// Calls `take` for each whole attribute behind `offset`.
template <typename Take>
void each_attribute(std::span<const std::uint8_t> message, std::size_t offset, Take take) {
  rtattr attribute{};
  while (read_at(message, offset, attribute)) {
    if (attribute.rta_len < sizeof attribute || attribute.rta_len > message.size() - offset) return;
    take(attribute.rta_type & NLA_TYPE_MASK, message.subspan(offset + sizeof attribute, attribute.rta_len - sizeof attribute));
    const std::size_t step = aligned(attribute.rta_len);
    if (step > message.size() - offset) return;
    offset += step;
  }
}

// Enslaved to anything but a VRF, whose members have addresses.
bool is_port(std::span<const std::uint8_t> link_info) {
  bool port = false;
  each_attribute(link_info, 0, [&](int type, std::span<const std::uint8_t> value) {
    if (type != IFLA_INFO_SLAVE_KIND || value.empty()) return;
    port = std::string_view(reinterpret_cast<const char*>(value.data()), value.size() - 1) != "vrf";
  });
  return port;
}

void read_link(std::span<const std::uint8_t> message, bool gone, NetlinkNews& news) {
  ifinfomsg link{};
  if (!read_at(message, sizeof(nlmsghdr), link)) return;
  // Bridges tell of their ports in the same group: a port that leaves its bridge is not an interface that is gone.
  if (link.ifi_family != AF_UNSPEC) return;
  news.kind = gone ? NetlinkNews::Kind::link_gone : NetlinkNews::Kind::link_changed;
  news.interface_index = link.ifi_index;
  news.device_type = link.ifi_type;
  news.up = (link.ifi_flags & IFF_UP) != 0;
  // Not IFF_RUNNING, which the kernel brings up to date by a work queue, up to a second later.
  news.carrier = news.up && (link.ifi_flags & kLowerUp) != 0;
  each_attribute(message, sizeof(nlmsghdr) + aligned(sizeof link), [&](int type, std::span<const std::uint8_t> value) {
    if (type == IFLA_IFNAME) {
      const std::size_t length = std::min(value.size(), news.name.size() - 1);
      std::copy_n(value.begin(), length, news.name.begin());
    } else if (type == IFLA_ADDRESS && value.size() == news.mac.size()) {
      std::copy(value.begin(), value.end(), news.mac.begin());
      news.has_mac = true;
    } else if (type == IFLA_LINKINFO) {
      news.port = is_port(value);
    } else if (type == IFLA_MTU) {
      read_at(value, 0, news.mtu);
    }
  });
}

void read_address(std::span<const std::uint8_t> message, bool gone, NetlinkNews& news) {
  ifaddrmsg header{};
  if (!read_at(message, sizeof(nlmsghdr), header)) return;
  if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6) return;
  const bool v6 = header.ifa_family == AF_INET6;
  const std::size_t bytes = v6 ? 16 : 4;
  bool local = false, found = false;
  each_attribute(message, sizeof(nlmsghdr) + aligned(sizeof header), [&](int type, std::span<const std::uint8_t> value) {
    // LOCAL is ours and ADDRESS the other end's where both are there; IPv6 mostly has ADDRESS alone.
    if (value.size() != bytes || (type != IFA_LOCAL && (type != IFA_ADDRESS || local))) return;
    std::copy(value.begin(), value.end(), news.address.bytes.begin());
    local = local || type == IFA_LOCAL;
    found = true;
  });
  if (!found) return;
  news.kind = gone ? NetlinkNews::Kind::address_gone : NetlinkNews::Kind::address_added;
  news.interface_index = static_cast<int>(header.ifa_index);
  news.prefix_length = header.ifa_prefixlen;
  news.address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
}

void read_route(std::span<const std::uint8_t> message, NetlinkNews& news) {
  rtmsg header{};
  if (!read_at(message, sizeof(nlmsghdr), header)) return;
  const bool v6 = header.rtm_family == AF_INET6;
  const std::size_t bytes = v6 ? 16 : 4;
  if (!v6 && header.rtm_family != AF_INET) return;
  news.kind = NetlinkNews::Kind::route;
  each_attribute(message, sizeof(nlmsghdr) + aligned(sizeof header), [&](int type, std::span<const std::uint8_t> value) {
    if (type == RTA_OIF) read_at(value, 0, news.interface_index);
    if (type != RTA_GATEWAY || value.size() != bytes) return;
    std::copy(value.begin(), value.end(), news.address.bytes.begin());
    news.address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
  });
}

void read_neighbour(std::span<const std::uint8_t> message, NetlinkNews& news) {
  ndmsg header{};
  if (!read_at(message, sizeof(nlmsghdr), header)) return;
  const bool v6 = header.ndm_family == AF_INET6;
  if (!v6 && header.ndm_family != AF_INET) return;
  each_attribute(message, sizeof(nlmsghdr) + aligned(sizeof header), [&](int type, std::span<const std::uint8_t> value) {
    if (type != NDA_DST || value.size() != (v6 ? 16u : 4u)) return;
    std::copy(value.begin(), value.end(), news.address.bytes.begin());
    news.address.family = v6 ? AddressFamily::ipv6 : AddressFamily::ipv4;
    news.kind = NetlinkNews::Kind::neighbour;
  });
  news.interface_index = header.ndm_ifindex;
  news.unresolved = (header.ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) != 0;
}

void read_queue(std::span<const std::uint8_t> message, NetlinkNews& news) {
  tcmsg header{};
  if (!read_at(message, sizeof(nlmsghdr), header) || header.tcm_parent != TC_H_ROOT) return;
  news.kind = NetlinkNews::Kind::queue;
  news.interface_index = header.tcm_ifindex;
  each_attribute(message, sizeof(nlmsghdr) + aligned(sizeof header), [&](int type, std::span<const std::uint8_t> value) {
    if (type == TCA_KIND && !value.empty()) news.has_no_queue = std::string_view(reinterpret_cast<const char*>(value.data()), value.size() - 1) == "noqueue";
    if (type != TCA_STATS2) return;
    each_attribute(value, 0, [&](int kind, std::span<const std::uint8_t> part) {
      gnet_stats_basic sent{};
      gnet_stats_queue waiting{};
      // 32 bits of it, or all of them where the kernel has more to say.
      if (kind == TCA_STATS_BASIC && read_at(part, 0, sent)) {
        news.bytes_sent = sent.bytes;
        if (news.packets_sent == 0) news.packets_sent = sent.packets;
      } else if (kind == TCA_STATS_PKT64) {
        read_at(part, 0, news.packets_sent);
      } else if (kind == TCA_STATS_QUEUE && read_at(part, 0, waiting)) {
        news.packets_queued = waiting.qlen;
        news.bytes_queued = waiting.backlog;
      }
    });
  });
}

void read_answer(std::span<const std::uint8_t> message, NetlinkNews& news) {
  std::int32_t code = 0;
  if (!read_at(message, sizeof(nlmsghdr), code)) return;
  news.kind = NetlinkNews::Kind::error;
  news.error = code <= 0 && code > -4096 ? -code : EPROTO;
}

}  // namespace

void NetlinkBatch::append(std::span<const std::uint8_t> value) {
  bytes_.insert(bytes_.end(), value.begin(), value.end());
  bytes_.resize(aligned(bytes_.size()));
}

nlmsghdr NetlinkBatch::header() const {
  nlmsghdr header{};
  std::memcpy(&header, bytes_.data() + begun_, sizeof header);
  return header;
}

void NetlinkBatch::set_header(const nlmsghdr& header) { std::memcpy(bytes_.data() + begun_, &header, sizeof header); }

void NetlinkBatch::begin(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, std::span<const std::uint8_t> fixed) {
  begun_ = bytes_.size();
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = sequence;
  append(as_bytes(header));
  append(fixed);
  header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size() - begun_);
  set_header(header);
}

void NetlinkBatch::attribute(std::uint16_t type, std::span<const std::uint8_t> value) {
  const rtattr attribute{static_cast<std::uint16_t>(sizeof(rtattr) + value.size()), type};
  append(as_bytes(attribute));
  append(value);
  nlmsghdr changed = header();
  changed.nlmsg_len = static_cast<std::uint32_t>(bytes_.size() - begun_);
  set_header(changed);
}

void NetlinkBatch::acknowledge_last() {
  if (bytes_.empty()) return;
  nlmsghdr changed = header();
  changed.nlmsg_flags |= NLM_F_ACK;
  set_header(changed);
}

bool next_netlink_message(std::span<const std::uint8_t>& data, NetlinkNews& news) {
  nlmsghdr header{};
  if (!read_at(data, 0, header) || header.nlmsg_len < sizeof header || header.nlmsg_len > data.size()) return false;
  const auto message = data.first(header.nlmsg_len);
  data = data.subspan(std::min(aligned(header.nlmsg_len), data.size()));
  news = NetlinkNews{};
  news.sequence = header.nlmsg_seq;
  switch (header.nlmsg_type) {
    case RTM_NEWLINK: read_link(message, false, news); break;
    case RTM_DELLINK: read_link(message, true, news); break;
    case RTM_NEWADDR: read_address(message, false, news); break;
    case RTM_DELADDR: read_address(message, true, news); break;
    case RTM_NEWROUTE: read_route(message, news); break;
    case RTM_NEWNEIGH: read_neighbour(message, news); break;
    case RTM_NEWQDISC: read_queue(message, news); break;
    case NLMSG_DONE: news.kind = NetlinkNews::Kind::done; break;
    case NLMSG_ERROR: read_answer(message, news); break;
    default: break;
  }
  return true;
}

}  // namespace heartwire
