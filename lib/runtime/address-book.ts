// Virtual addresses as the address thread wants them: which interface of this node carries each, now.
import { parseAddress } from '../config/address.ts';
import { standbyOf, type ClusterConfig, type NodeConfig } from '../config/config.ts';
import type { VirtualAddress } from '../protocol/types.ts';

export interface PlacedAddress {
  readonly seat: number;
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string;
  /** Of the adapter that takes it when that one fails (R9); null: there is none. */
  readonly standbyInterface: string | null;
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
    const named = each.network === 'active' ? activeNetwork : each.network;
    // Whether the standby adapter is in use is the engine's business.
    const network = config.networks.find((candidate) => candidate.name === named)?.standbyFor ?? named;
    const parsed = parseAddress(each.address);
    const interfaceName = node.interfaces[network];
    if (parsed === null || interfaceName === undefined || !config.networks.some((candidate) => candidate.name === network)) return [];
    const standbyInterface = node.interfaces[standbyOf(config, network) ?? ''] ?? null;
    const { host, prefixLength } = parsed;
    return [{ seat, address: host, prefixLength, interface: interfaceName, standbyInterface, text: each.address, network }];
  });
}
