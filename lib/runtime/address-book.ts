// Virtual addresses as the address thread wants them: which interface of this node carries each, now.
import { parseAddress } from '../config/address.ts';
import type { ClusterConfig, NodeConfig } from '../config/config.ts';
import type { VirtualAddress } from '../protocol/types.ts';

export interface PlacedAddress {
  readonly seat: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string;
  /** As configured, for people. */
  readonly text: string;
  readonly network: string;
}

/** Those that this node could carry; an address on a network that the node is not on is left out. */
export function placeAddresses(
  config: ClusterConfig,
  node: NodeConfig,
  seat: number,
  addresses: readonly VirtualAddress[],
  activeNetwork: string,
): PlacedAddress[] {
  return addresses.flatMap((each) => {
    const network = each.network === 'active' ? activeNetwork : each.network;
    const parsed = parseAddress(each.address);
    const interfaceName = node.interfaces[network];
    if (parsed === null || interfaceName === undefined || !config.networks.some((candidate) => candidate.name === network)) return [];
    return [{ seat, address: parsed.host, prefixLength: parsed.prefixLength, interface: interfaceName, text: each.address, network }];
  });
}
