// A stage on which every member has two adapters on one wire: the network `b` is laid on the wire of `a` and stands by for it
// (R9). The stories of adapters play on it, and the bench that measures how long the change from one to the other takes.
import type { Stage } from './stage.ts';
import { bridgeName, interfaceName, members, nodeIds, nodeName, portName, SWITCH } from './topology.ts';

/** Of the configuration file. The standby adapters beat by raw Ethernet, and need no address for that. */
export const TWO_ADAPTERS: { readonly networks: readonly Readonly<Record<string, unknown>>[] } = {
  networks: [
    { name: 'a', paths: ['udp'] },
    { name: 'b', paths: ['ethernet'], standby_for: 'a' },
  ],
};

/** On a stage with two networks, before anything runs there. Hosts keep their first adapter alone. */
export async function layOnOneWire(stage: Stage): Promise<void> {
  const nodes = nodeIds(stage.topology).map(nodeName);
  const lines = members(stage.topology).map((member) =>
    nodes.includes(member) ? `link set ${portName(member, 1)} master ${bridgeName(0)}` : `link set ${portName(member, 1)} down`,
  );
  await stage.run(SWITCH, ['ip', '-batch', '-'], lines.join('\n'));
  // Heartwire makes its adapters answer for their own addresses alone once it runs; what the other one has answered before stays
  // in the neighbours' tables, and the path over the right one silent, for up to a minute.
  const settle = `ip address flush dev ${interfaceName(1)}; echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore`;
  await Promise.all(nodes.map((node) => stage.run(node, ['sh', '-c', settle])));
}
