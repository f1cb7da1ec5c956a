// The rtnetlink requests that put an address on an interface or take it off. Pure.
#pragma once
#include <cstdint>

#include "core/address/address_types.h"
#include "core/net/netlink_message.h"

namespace heartwire {

// No duplicate-address detection, which would take a second: whoever orders the address has the votes for it. IPv6
// addresses are deprecated from the start, which keeps the node's own connections from using what may move away.
// `covered`: the interface has another address in this subnet, which brings the subnet's route; ours then adds none.
void add_address_request(NetlinkBatch& batch, std::uint32_t sequence, const VirtualAddress& address, int interface_index, bool covered);

void remove_address_request(NetlinkBatch& batch, std::uint32_t sequence, const LinkAddress& address, std::uint8_t prefix_length,
                            int interface_index);

// Both addresses are in the same subnet of this length.
bool same_subnet(const LinkAddress& one, const LinkAddress& other, std::uint8_t prefix_length);

// Empty, or what is wrong with these addresses, for people.
std::string check_addresses(const std::vector<VirtualAddress>& addresses);

}  // namespace heartwire
