// Heartwire's reliable datagrams as JavaScript calls them: sealed, over one network or two, to each or by multicast.
import { native, type NativeEvent, type NativeNode } from '../../lib/native.ts';
import { interfaceName } from '../../lib/demo/topology.ts';
import { type OpenTransport, SENDER, type TransportPlan } from './transport.ts';
import { quietOptions } from '../support/native-options.ts';

const ANNOUNCE_MS = 100;

export interface Networks {
  readonly count: number;
  readonly multicast?: boolean;
}

export function heartwireTransport(networks: Networks, port: number): OpenTransport {
  return (plan) =>
    new Promise((resolve) => {
      const wanted = new Set(plan.node === SENDER ? plan.receivers : [SENDER]);
      const hear = (events: readonly NativeEvent[]): void => {
        for (const event of events) {
          if (event.kind === 'message' && event.payload !== undefined) plan.hear(event.node, event.payload);
          else if (event.kind === 'session_up') wanted.delete(event.node);
        }
      };
      const node: NativeNode = open(plan, networks, port, hear);
      const announce = setInterval(() => {
        node.announce(new Uint8Array(1));
        if (wanted.size > 0) return;
        clearInterval(announce);
        resolve({
          multicast: (receivers, message) => {
            for (const receiver of plan.receivers.slice(0, receivers)) node.send(receiver, message, true);
            node.flush();
          },
          answer: (message) => node.send(SENDER, message),
        });
      }, ANNOUNCE_MS);
    });
}

function open(
  { node: nodeId }: TransportPlan,
  { count, multicast = false }: Networks,
  port: number,
  hear: (events: NativeEvent[]) => void,
): NativeNode {
  const options = quietOptions(port, {
    clusterName: `messages-${count}${multicast ? '-multicast' : ''}`,
    nodeId,
    links: Array.from({ length: count }, (_, network) => ({ kind: 'udp', network, interface: interfaceName(network), multicast })),
    ...{ intervalUs: 100_000, timeoutUs: 1_000_000 },
  });
  const node = new native.NativeNode(options, hear);
  node.start(1n);
  return node;
}
