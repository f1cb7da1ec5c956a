// Each communication parameter governs the running system (P2): it is set while all runs, and what it is for happens by the new
// value. Times are shown by what takes longer than the value before would allow, which a slow machine cannot spoil; what goes over
// the wire is counted by the switch. `heartbeat.interval` and `heartbeat.ack_failure_threshold` have their stories in parameters-test.ts.
import assert from 'node:assert/strict';
import type { Stage } from '../../lib/demo/stage.ts';
import { interfaceName, networkIds, nodeIds, nodeName, portName, SWITCH } from '../../lib/demo/topology.ts';
import { waitFor } from '../../lib/demo/wait-for.ts';
import { type Programs, programStory } from './support/programs.ts';
import { type Scene, story } from './support/scene.ts';

const NODES = [1, 2, 3];
/** As QUICK has it: 10 beats of 20 ms; each setting below makes 1.5 s of that. */
const LATER_MS = 1300;

async function setAtNode(scene: Scene, ...words: readonly string[]): Promise<void> {
  const [client = 0] = scene.others;
  const { code, stderr } = await scene.cluster
    .daemon(scene.formed.manager)
    .command(['parameters', 'set', ...words, '--node', nodeName(client)]);
  assert.equal(code, 0, stderr);
}

/** How long after a fault that silences the client its manager finds it to have failed, and why, ms. The fault is gone afterwards. */
async function foundAfter(scene: Scene, lost: 'both' | 'in'): Promise<{ readonly ms: number; readonly reason: unknown }> {
  const { stage, cluster } = scene;
  const { manager } = await cluster.formed();
  const [client = 0] = scene.others;
  const mark = (await cluster.status(manager)).nowMs;
  await stage.fault(lost === 'both' ? { kind: 'black-hole', node: client } : { kind: 'one-way', node: client, lost, peer: manager });
  const found = await scene.told(mark, manager, 'client-lost', ({ node }) => node === client);
  await stage.heal();
  await cluster.formed();
  return { ms: found.atMs - mark, reason: found.details['reason'] };
}

async function set(programs: Programs, node: number, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await programs.command(node, ['parameters', 'set', ...words]);
  assert.equal(code, 0, stderr);
}

/** Packets as they are on the wire, not rows of them that the kernel would carry as one. */
async function cutOnTheWire(stage: Stage): Promise<void> {
  for (const node of nodeIds(stage.topology))
    for (const network of networkIds(stage.topology))
      await stage.run(nodeName(node), ['ip', 'link', 'set', interfaceName(network), 'gso_max_segs', '1']);
}

/** What comes to this node for the messages' port, by length: counted by the switch. */
async function countTo(stage: Stage, node: number): Promise<void> {
  const ports = networkIds(stage.topology).map((network) => `"${portName(nodeName(node), network)}"`);
  const to = `oifname { ${ports.join(', ')} } udp dport 1199`;
  const rules = [`${to} udp length > 700 counter name long`, `${to} counter name every`];
  await stage.run(SWITCH, ['nft', '-f', '-'], table('counted', ['counter long {}', 'counter every {}', chain(rules)]));
}

async function counted(stage: Stage): Promise<{ readonly long: number; readonly all: number }> {
  const { nftables } = JSON.parse(await stage.run(SWITCH, ['nft', '--json', 'reset', 'counters', 'table', 'bridge', 'counted'])) as {
    readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  };
  const of = (name: string): number => nftables.find(({ counter }) => counter?.name === name)?.counter?.packets ?? 0;
  return { long: of('long'), all: of('every') };
}

/** Nobody hears what this node says on the messages' port, its acknowledgements included; its beats are heard. */
async function setMute(stage: Stage, node: number, isMute: boolean): Promise<void> {
  const ports = networkIds(stage.topology).map((network) => `"${portName(nodeName(node), network)}"`);
  const rules = isMute ? [`iifname { ${ports.join(', ')} } udp sport 1199 drop`] : [];
  await stage.run(SWITCH, ['nft', '-f', '-'], table('mute', [chain(rules)]));
}

function chain(rules: readonly string[]): string {
  return `chain forward { type filter hook forward priority 0; policy accept; ${rules.map((rule) => `${rule};`).join(' ')} }`;
}

function table(name: string, lines: readonly string[]): string {
  return [`table bridge ${name}`, `delete table bridge ${name}`, `table bridge ${name} {`, ...lines, '}', ''].join('\n');
}

/** How many of so many operations that a node's program asks for at once are refused since too many wait. */
async function refusedOf(programs: Programs, node: number, count: number): Promise<number> {
  const asked = Array.from({ length: count }, (_, index) => programs.of(node).propose(`${index}`, { timeoutMs: 15_000 }));
  const codes = (await Promise.all(asked)).map(({ code }) => code);
  assert.deepEqual(
    codes.filter((code) => code !== null && code !== 'HW_QUEUE_OVERFLOW'),
    [],
  );
  return codes.filter((code) => code !== null).length;
}

describe('what each communication parameter does at run time (P2)', () => {
  story(
    'beat_timeout, failure_threshold and receive_send_ratio: how long a silent node is waited for; ack_timeout: one that does not answer',
    { heartbeat: { relays: false }, timeoutMs: 120_000 },
    async (scene) => {
      let before = 'heartbeat.interval=default';
      for (const setting of ['heartbeat.beat_timeout=150ms', 'heartbeat.failure_threshold=75', 'heartbeat.receive_send_ratio=7.5']) {
        await setAtNode(scene, before, setting);
        const { ms } = await foundAfter(scene, 'both');
        assert.ok(ms >= LATER_MS, `${setting}: found after ${ms} ms`);
        before = setting.replace(/=.*/, '=default');
      }
      // By its silence alone it would fail after 12 s; two answers missed and the time-out of the last one are 1.5 s.
      const answers = ['heartbeat.failure_threshold=600', 'heartbeat.ack_failure_threshold=3', 'heartbeat.ack_timeout=1440ms'];
      await setAtNode(scene, before, ...answers);
      const { ms, reason } = await foundAfter(scene, 'in');
      assert.deepEqual([ms >= LATER_MS, reason], [true, 'it answers no heartbeats'], `found after ${ms} ms`);
    },
  );

  programStory(
    'fragment_size: what goes over the wire; queue_overflow_threshold: what programs may leave waiting, on any node',
    NODES,
    async (programs, stage) => {
      const manager = await programs.manager();
      const [one = 0, other = 0] = NODES.filter((node) => node !== manager);
      await cutOnTheWire(stage);
      await countTo(stage, other);
      const bytes = 60_000;
      const sent = async (): Promise<{ readonly long: number; readonly all: number }> => {
        await counted(stage);
        assert.equal((await programs.of(manager).propose('x'.repeat(bytes))).code, null);
        return counted(stage);
      };
      const { long } = await sent();
      assert.ok(long >= bytes / 1200, `${long} long packets`);
      await set(programs, one, 'messages.fragment_size=256');
      const short = await sent();
      assert.ok(short.long === 0 && short.all >= bytes / 256, `${short.long} long packets of ${short.all}`);

      for (const node of [manager, one]) {
        assert.equal(await refusedOf(programs, node, 300), 0);
        await set(programs, node, 'messages.queue_overflow_threshold=5');
        const refused = await refusedOf(programs, node, 300);
        assert.ok(refused > 0 && refused < 300, `${refused} of 300 refused at node ${node}`);
        await set(programs, node, 'messages.queue_overflow_threshold=default');
      }
    },
  );

  programStory(
    'retry_time_max: when a node that takes no messages is given up; send_window and retry_timer: what it is sent until then',
    NODES,
    async (programs, stage) => {
      const manager = await programs.manager();
      const [one = 0, other = 0] = NODES.filter((node) => node !== manager);
      await cutOnTheWire(stage);
      await countTo(stage, other);
      const whileMute = async (): Promise<{ readonly ms: number; readonly long: number }> => {
        await setMute(stage, other, true);
        await counted(stage);
        const sinceMs = performance.now();
        assert.equal((await programs.of(manager).propose('x'.repeat(60_000), { timeoutMs: 15_000 })).code, null);
        const ms = performance.now() - sinceMs;
        const { long } = await counted(stage);
        await setMute(stage, other, false);
        const isBack = async (): Promise<boolean> => (await programs.of(other).propose('back')).code === null;
        await waitFor(`node ${other} to be a member again`, isBack, { deadlineMs: 20_000 });
        return { ms, long };
      };
      // A window of fragments goes at once, and again whenever the retry timer runs out.
      await set(programs, one, 'messages.retry_time_max=2s');
      const late = await whileMute();
      assert.ok(late.ms >= 2000, `given up after ${late.ms} ms`);
      await set(programs, one, 'messages.retry_timer=5s');
      const seldom = await whileMute();
      assert.ok(seldom.long >= 32 && seldom.long < late.long / 2, `${late.long} and ${seldom.long} long packets`);
      await set(programs, one, 'messages.send_window=1');
      const narrow = await whileMute();
      assert.ok(narrow.long < 32, `${narrow.long} long packets of a window of one fragment`);
    },
    { messages: { retry_time_max: '600ms' }, heartbeat: { interval: '20ms', timeout: '200ms', priority: 0, relays: false } },
  );
});
