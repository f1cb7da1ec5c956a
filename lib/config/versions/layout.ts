// What the protocols must know of a configuration to go to it from another one (lib/protocol/reconfiguration).
import type { Layout } from '../../protocol/reconfiguration/state.ts';
import type { ClusterConfig } from '../config.ts';

export function layoutOf(config: ClusterConfig): Layout {
  return { addresses: config.addresses.map(({ address, network }) => ({ address, network })) };
}
