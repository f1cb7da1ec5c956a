// One node on another segment, behind a router that nobody's broadcasts cross.
import { interfaceName, nodeName, portName, SWITCH } from '../../../lib/demo/topology.ts';
import type { Stage } from '../../../lib/demo/stage.ts';

/** The far node and one side of the host `router` on a bridge of their own; `near` are the nodes on this side. */
export async function behindRouter(stage: Stage, node: number, address: string, near: readonly number[]): Promise<void> {
  const far = nodeName(node);
  const lines = ['link add far type bridge forward_delay 0 mcast_snooping 0', 'link set far up'];
  for (const port of [portName(far, 0), portName('router', 1)]) lines.push(`link set ${port} master far`);
  await stage.run(SWITCH, ['ip', '-batch', '-'], lines.join('\n'));
  const routerNear = (await stage.addresses('router')).find(
    (entry) => entry.interface === interfaceName(0) && !entry.address.includes(':'),
  );
  await stage.run('router', ['ip', '-batch', '-'], `address flush dev net1\naddress add 10.9.0.1/24 dev net1`);
  await stage.run('router', ['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);
  await stage.run(far, ['ip', '-batch', '-'], `address flush dev net0\naddress add ${address}/24 dev net0\nroute add default via 10.9.0.1`);
  for (const each of near) await stage.run(nodeName(each), ['ip', 'route', 'add', '10.9.0.0/24', 'via', routerNear?.address ?? '']);
}
