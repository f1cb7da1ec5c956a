// The networks of a simulated cluster, named by a word of its text (kept-configurations.ts), as the configuration that the code
// of a real node takes its links from.
import { type ClusterConfig } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/load.ts';
import type { Layout, NetworkLayout } from '../../lib/protocol/reconfiguration/state.ts';
import type { NodeId } from '../../lib/protocol/types.ts';

/** Wires there are, whoever uses them. */
export const WIRES = 4;
export const FIRST_NETWORKS = 'networks=a/0,b/1';

const known = new Map<string, ClusterConfig>();

export function configOf({ nodes, networks = [] }: Layout): ClusterConfig {
  const key = JSON.stringify([nodes, networks]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const on = (node: NodeId): NetworkLayout[] => networks.filter((network) => network.nodes.includes(node));
  const file = {
    cluster: 'simulated',
    key_file: 'key',
    nodes: nodes.map((id) => ({
      name: `node${id}`,
      id,
      interfaces: Object.fromEntries(on(id).map(({ name, links }) => [name, `eth${links[0]}`])),
    })),
    networks: networks.map(({ name, links }) => ({ name, link: links[0] })),
  };
  const { config } = parseConfig(JSON.stringify(file), 'simulated', '/');
  known.set(key, config);
  return config;
}
