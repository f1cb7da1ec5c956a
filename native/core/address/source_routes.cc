// See source_routes.h.
#include "core/address/source_routes.h"

#include <linux/fib_rules.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace heartwire {

namespace {

constexpr unsigned kLeftMax = 8;  // rules for one address that a start removes

std::uint8_t kernel_family(AddressFamily family) { return family == AddressFamily::ipv6 ? AF_INET6 : AF_INET; }
std::uint8_t bits_of(AddressFamily family) { return family == AddressFamily::ipv6 ? 128 : 32; }
std::span<const std::uint8_t> bytes_of(const LinkAddress& address) {
  return std::span(address.bytes).first(address.family == AddressFamily::ipv6 ? 16 : 4);
}

LinkAddress subnet_of(LinkAddress address, std::uint8_t prefix_length) {
  for (std::size_t index = 0; index < address.bytes.size(); ++index) {
    const int kept = std::clamp(prefix_length - static_cast<int>(8 * index), 0, 8);
    address.bytes[index] = static_cast<std::uint8_t>(address.bytes[index] & 0xff00u >> kept);
  }
  return address;
}

void rule_request(NetlinkBatch& batch, std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, const LinkAddress& address,
                  std::uint32_t table) {
  fib_rule_hdr fixed{};
  fixed.family = kernel_family(address.family);
  fixed.src_len = bits_of(address.family);
  fixed.action = FR_ACT_TO_TBL;
  batch.begin(type, flags, sequence, as_bytes(fixed));
  batch.attribute(FRA_SRC, bytes_of(address));
  batch.attribute(FRA_PRIORITY, as_bytes(kRulePriority));
  batch.attribute(FRA_PROTOCOL, as_bytes(kRouteProtocol));
  if (table != 0) batch.attribute(FRA_TABLE, as_bytes(table));
}

void route_request(NetlinkBatch& batch, std::uint16_t type, std::uint16_t flags, std::uint32_t sequence, const SourceRoute& route) {
  const std::uint32_t table = kTableBase + static_cast<std::uint32_t>(route.interface_index);
  if (route.kind == SourceRoute::Kind::rule) return rule_request(batch, type, flags, sequence, route.address, table);
  const bool gateway = route.kind == SourceRoute::Kind::gateway;
  const bool v6 = route.address.family == AddressFamily::ipv6;
  rtmsg fixed{};
  fixed.rtm_family = kernel_family(route.address.family);
  fixed.rtm_dst_len = gateway ? 0 : route.prefix_length;
  fixed.rtm_protocol = kRouteProtocol;
  fixed.rtm_scope = gateway || v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  fixed.rtm_type = RTN_UNICAST;
  fixed.rtm_flags = gateway ? RTNH_F_ONLINK : 0;
  batch.begin(type, flags, sequence, as_bytes(fixed));
  batch.attribute(RTA_TABLE, as_bytes(table));
  batch.attribute(RTA_OIF, as_bytes(route.interface_index));
  batch.attribute(gateway ? RTA_GATEWAY : RTA_DST, bytes_of(route.address));
}

}  // namespace

void add_route_request(NetlinkBatch& batch, std::uint32_t sequence, const SourceRoute& route) {
  const bool rule = route.kind == SourceRoute::Kind::rule;
  const std::uint16_t flags = NLM_F_REQUEST | NLM_F_CREATE | (rule ? NLM_F_EXCL : NLM_F_REPLACE);
  route_request(batch, rule ? RTM_NEWRULE : RTM_NEWROUTE, flags, sequence, route);
}

void remove_route_request(NetlinkBatch& batch, std::uint32_t sequence, const SourceRoute& route) {
  const bool rule = route.kind == SourceRoute::Kind::rule;
  route_request(batch, rule ? RTM_DELRULE : RTM_DELROUTE, NLM_F_REQUEST, sequence, route);
}

std::vector<SourceRoute> SourceRoutes::wanted(const std::vector<SteeredAddress>& addresses) const {
  using Kind = SourceRoute::Kind;
  std::vector<SourceRoute> result;
  const auto want = [&](const SourceRoute& route) {
    if (std::find(result.begin(), result.end(), route) == result.end()) result.push_back(route);
  };
  for (const SteeredAddress& each : addresses) {
    want({Kind::subnet, subnet_of(each.address, each.prefix_length), each.prefix_length, each.interface_index});
    const auto gateway = gateways_.find({each.address.family, each.service_index});
    if (gateway != gateways_.end()) want({Kind::gateway, gateway->second, 0, each.interface_index});
    want({Kind::rule, each.address, 0, each.interface_index});
  }
  return result;
}

void SourceRoutes::steer(NetlinkRequests& requests, const std::vector<SteeredAddress>& addresses) {
  std::vector<SourceRoute> next = wanted(addresses);
  if (next == installed_) return;
  const auto missing_in = [](const std::vector<SourceRoute>& list, const SourceRoute& route) {
    return std::find(list.begin(), list.end(), route) == list.end();
  };
  NetlinkBatch batch;
  std::uint32_t count = 0;
  for (const SourceRoute& old : installed_) {  // first: a gateway that changed is removed by its old name
    if (missing_in(next, old)) remove_route_request(batch, ++count, old);
  }
  for (const SourceRoute& route : next) {
    if (missing_in(installed_, route)) add_route_request(batch, ++count, route);
  }
  installed_ = std::move(next);
  batch.acknowledge_last();
  if (count > 0 && requests.send(batch.bytes()) == 0) requests.collect(count, [](const NetlinkNews&) {});
}

void SourceRoutes::learn_gateway(NetlinkRequests& requests, AddressFamily family, int interface_index) {
  LinkAddress far;  // for documentation only (RFC 5737, RFC 3849), so no route but the default one leads there
  far.family = family;
  constexpr std::array<std::uint8_t, 4> kV4{198, 51, 100, 1}, kV6{0x20, 0x01, 0x0d, 0xb8};
  std::copy_n(family == AddressFamily::ipv6 ? kV6.begin() : kV4.begin(), 4, far.bytes.begin());
  NetlinkBatch question;
  rtmsg fixed{};
  fixed.rtm_family = kernel_family(family);
  fixed.rtm_dst_len = bits_of(family);
  question.begin(RTM_GETROUTE, NLM_F_REQUEST, 1, as_bytes(fixed));
  question.attribute(RTA_DST, bytes_of(far));
  question.attribute(RTA_OIF, as_bytes(interface_index));
  question.acknowledge_last();
  if (requests.send(question.bytes()) != 0) return;
  requests.collect(1, [&](const NetlinkNews& answer) {
    if (answer.kind == NetlinkNews::Kind::route && answer.address.family == family) gateways_[{family, interface_index}] = answer.address;
  });
}

void SourceRoutes::forget_left(NetlinkRequests& requests, const LinkAddress& address) const {
  const auto held = [&](const SourceRoute& route) { return route.kind == SourceRoute::Kind::rule && route.address == address; };
  if (std::any_of(installed_.begin(), installed_.end(), held)) return;
  int error = 0;
  for (unsigned count = 0; count < kLeftMax && error == 0; ++count) {
    NetlinkBatch removal;
    rule_request(removal, RTM_DELRULE, NLM_F_REQUEST, 1, address, 0);
    removal.acknowledge_last();
    if (requests.send(removal.bytes()) != 0) return;
    if (requests.collect(1, [&](const NetlinkNews& answer) { error = answer.error; }) != 0) return;
  }
}

}  // namespace heartwire
