// Messages to several nodes at once, by the cluster's multicast group: over IPv4, IPv6 and raw Ethernet, and where a switch passes
// none to one of the nodes, as those with IGMP snooping and nobody who asks do.
import assert from 'node:assert/strict';
import type { Stage } from '../../lib/demo/stage.ts';
import { nodeName, portName, SWITCH } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import type { RuntimeStatus } from '../../lib/runtime/types.ts';
import { type Programs, programStory } from './support/programs.ts';

const NETWORKS = [
  { name: 'a', paths: ['udp'], multicast: true },
  { name: 'b', paths: ['udp6', 'ethernet'], multicast: true },
];
const NODES = [1, 2, 3];
/** Who does not hear is asked again after 1, 2, 4 ... s. */
const ASKED_AGAIN_MS = 40_000;

async function status(programs: Programs, node: number): Promise<RuntimeStatus> {
  return JSON.parse((await programs.command(node, ['status', '--json'])).stdout) as RuntimeStatus;
}

/** "a udp net0 2": by link and peer, where what node `node` says to several arrives. */
async function heard(programs: Programs, node: number): Promise<string[]> {
  const { links } = await status(programs, node);
  return links.flatMap(({ name, peers }) => peers.filter(({ multicast }) => multicast === true).map((peer) => `${name} ${peer.node}`));
}

async function everywhere(programs: Programs, count: number): Promise<void> {
  const all = async (): Promise<boolean> =>
    (await Promise.all(NODES.map((node) => heard(programs, node)))).every((paths) => paths.length === count);
  await waitFor('who hears whom', all, { deadlineMs: ASKED_AGAIN_MS });
}

async function agreeOn(programs: Programs, done: number, more: number): Promise<void> {
  const wishes = Array.from({ length: more }, (_, index) =>
    programs.of(NODES[index % NODES.length] ?? 1).propose(`${done + index}`, { form: index % 2 === 0 ? 'two-phase' : 'three-phase' }),
  );
  for (const { code } of await Promise.all(wishes)) assert.equal(code, null);
  await programs.agree(NODES, done + more);
}

async function passMulticast(stage: Stage, node: number, passes: boolean): Promise<void> {
  const port = portName(nodeName(node), 0);
  await stage.run(SWITCH, ['ip', 'link', 'set', port, 'type', 'bridge_slave', 'mcast_flood', passes ? 'on' : 'off']);
}

describe('messages to several nodes at once', () => {
  programStory(
    'go by multicast where it is heard, and to a node alone where a switch passes none',
    NODES,
    async (programs, stage) => {
      await everywhere(programs, 6);
      const before = await status(programs, 1);
      await agreeOn(programs, 0, 30);
      const after = await status(programs, 1);
      // How many depends on how much each turn says.
      assert.ok(after.multicasts.sent > before.multicasts.sent, `${after.multicasts.sent} sent`);
      assert.ok(after.multicasts.received > before.multicasts.received, `${after.multicasts.received} received`);

      await passMulticast(stage, 3, false);
      await agreeOn(programs, 30, 30);
      // Node 2 may miss something, too, while all wait for node 3: then it is asked again a second later.
      const missed = async (): Promise<boolean> => {
        await programs.of(1).propose('more', {});
        const paths = await heard(programs, 1);
        return !paths.includes('a udp net0 3') && paths.filter((path) => path.endsWith(' 2')).length === 3;
      };
      await waitFor('that node 3 hears none there, and node 2 does', missed, { deadlineMs: 20_000 });

      await passMulticast(stage, 3, true);
      await everywhere(programs, 6);
      const order = await programs.agree(NODES, 60);
      assert.equal(new Set(order.filter((data) => data !== 'more')).size, 60);
    },
    { networks: NETWORKS },
  );
});
