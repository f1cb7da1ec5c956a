// Configurations that tests start from.
import { parseConfig } from '../../../lib/config/load.ts';
import type { ClusterConfig } from '../../../lib/config/config.ts';

/** As little as there can be: three nodes, two networks. */
export const MINIMAL = `
cluster: demo
key_file: demo.keys
networks: [{name: a}, {name: b}]
nodes:
  - {name: node1, id: 1, interfaces: {a: eth0, b: eth1}}
  - {name: node2, id: 2, interfaces: {a: eth0, b: eth1}}
  - {name: node3, id: 3, interfaces: {a: eth0, b: eth1}}
`;

/** MINIMAL with further lines. */
export function sample(more = ''): ClusterConfig {
  return parseConfig(MINIMAL + more, 'sample.yaml', '/etc/heartwire').config;
}

/** A configuration as it is written, without MINIMAL. */
export function parsed(text: string): ClusterConfig {
  return parseConfig(text, 'sample.yaml', '/etc/heartwire').config;
}
