// Heartwire's reliable datagrams as JavaScript calls them: sealed, over one network or two.
import { native, type NativeEvent, type NativeNode } from '../../lib/native.ts';
import { interfaceName } from '../../lib/demo/topology.ts';
import { type OpenTransport, SENDER, type TransportPlan } from './transport.ts';

const ANNOUNCE_MS = 100;

export function heartwireTransport(networks: number, port: number): OpenTransport {
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
            for (const receiver of plan.receivers.slice(0, receivers)) node.send(receiver, message);
          },
          answer: (message) => node.send(SENDER, message),
        });
      }, ANNOUNCE_MS);
    });
}

function open({ node: nodeId }: TransportPlan, networks: number, port: number, hear: (events: NativeEvent[]) => void): NativeNode {
  const node = new native.NativeNode(
    {
      clusterName: `messages-${networks}`,
      nodeId,
      keys: [{ id: 1, key: new Uint8Array(32).fill(1) }],
      authentication: 'required',
      links: Array.from({ length: networks }, (_, network) => ({ kind: 'udp', network, interface: interfaceName(network) })),
      beatPort: port,
      messagePort: port + 1,
      broadcastPort: port + 2,
      intervalUs: 100_000,
      timeoutUs: 1_000_000,
      nicPolicy: 'last',
      beatFormat: 'binary',
      beatPriority: 0,
      lockMemory: false,
      isolation: { secondThread: false, spin: false, busyPollUs: 0, cpuLatencyUs: null },
      livenessTimeoutMs: 0,
      releaseStalled: false,
      guard: { wanted: false, memory: '' },
      probeMs: 0,
      arpStrict: false,
    },
    hear,
  );
  node.start(1n);
  return node;
}
