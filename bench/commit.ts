// What does it take to have three nodes agree? Atomic operations of Heartwire called from Node in three namespaces, in both
// forms, from the manager and from another node, with 1, 8 and 64 in flight; beside them in the same run etcd's put, and three
// Node programs that send each other the same datagrams and nothing else; those once more with CPUs that do not sleep, and
// Heartwire once more with CPUs that do, and with one member away.
//
//   npm run bench:commit -- [--count 2000] [--short] [--out PATH]
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ProposeOptions } from '../lib/api/operation.ts';
import { ControlClient } from '../lib/control/client.ts';
import { type ClusterPlan, nodeFiles, writeClusterFiles } from '../lib/demo/cluster-files.ts';
import { type Measured, MemberProgram } from '../lib/demo/member.ts';
import { Stage } from '../lib/demo/stage.ts';
import { networkAddress, nodeName } from '../lib/demo/topology.ts';
import { etcdPath, startEtcd } from './commit/etcd.ts';
import { whileAwake } from './support/awake.ts';
import { figure, markdownTable, spreadOf } from './support/figures.ts';
import { machineFacts } from './support/machine.ts';
import { commandLine, writeResults } from './support/results.ts';

const { values } = parseArgs({
  options: { count: { type: 'string' }, short: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const count = Number(values.count ?? (values.short ? 100 : 2000));
const NODES = [1, 2, 3];
const BYTES = 100;
const WARM_UP = 5000;
const AWAY_MS = 600_000;
const LOADS = [1, 8, 64];
/** Of `count` operations each. */
const TURNS = values.short ? 1 : 5;

interface Row {
  readonly what: string;
  readonly inFlight: number;
  readonly medianUs: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
  readonly perSecond: number;
}

function rowOf(what: string, inFlight: number, { tookUs, seconds }: Measured): Row {
  const spread = spreadOf(tookUs);
  const row = { what, inFlight, medianUs: spread?.median ?? null, p99Us: spread?.p99 ?? null, maxUs: spread?.max ?? null };
  process.stderr.write(`${what}, ${inFlight} in flight: median ${figure(row.medianUs)} us\n`);
  return { ...row, perSecond: tookUs.length / seconds };
}

/** A cluster agrees all day; V8 compiles the hot paths only after thousands of calls, and beside that nothing is measured. */
async function warmUp(members: readonly MemberProgram[]): Promise<void> {
  for (const member of members)
    for (const form of ['three-phase', 'two-phase'] as const)
      for (const inFlight of [8, 1]) await member.measure({ count: WARM_UP, inFlight, bytes: BYTES, options: { form } });
}

const FORMS: readonly (readonly [string, ProposeOptions])[] = [
  ['two-phase', { form: 'two-phase' }],
  ['three-phase', { form: 'three-phase' }],
  ['three-phase, durable', { form: 'three-phase', durable: true }],
];

type Pause = (member: MemberProgram) => Promise<void>;

/** It says that it will be away, and stands still. */
async function pause(member: MemberProgram, socket: string): Promise<void> {
  const client = await ControlClient.open(socket);
  try {
    await client.request({ command: 'pause', forMs: AWAY_MS, reason: 'bench' });
  } finally {
    client.close();
  }
  if (member.pid !== null) process.kill(member.pid, 'SIGSTOP');
}

/** @param keepAwake what its configuration says of messages */
async function withCluster(
  keepAwake: boolean,
  measure: (members: readonly MemberProgram[], pause: Pause) => Promise<Row[]>,
): Promise<Row[]> {
  const stage = await Stage.open({ nodes: NODES.length, networks: 2, hosts: [] });
  try {
    const beats = { intervalUs: 100_000, timeoutUs: 1_000_000, priority: 50 };
    const plan: ClusterPlan = { name: 'commit', nodes: NODES, ...beats, addresses: [], fields: { messages: { keep_awake: keepAwake } } };
    const files = writeClusterFiles(stage, plan);
    const members = NODES.map((node) => new MemberProgram(stage, node, plan, files));
    await Promise.all(members.map((member) => member.joined()));
    if (!values.short) await warmUp(members);
    return await measure(members, (member) => pause(member, stage.sandbox.path(nodeFiles(plan, member.node).socket)));
  } finally {
    await stage.close();
  }
}

interface Place {
  readonly what: string;
  readonly member: MemberProgram;
  readonly options: ProposeOptions;
}

/** In turns, so that a slow moment of the machine is everybody's. */
async function inTurns(places: readonly Place[], inFlight: number): Promise<Row[]> {
  const taken = places.map(() => ({ tookUs: [] as number[], seconds: 0 }));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [index, { member, options }] of places.entries()) {
      await member.measure({ count: Math.min(count, 300), inFlight, bytes: BYTES, options });
      const { tookUs, seconds } = await member.measure({ count, inFlight, bytes: BYTES, options });
      const sum = taken[index];
      if (sum !== undefined) taken[index] = { tookUs: [...sum.tookUs, ...tookUs], seconds: sum.seconds + seconds };
    }
  }
  return places.map(({ what }, index) => rowOf(what, inFlight, taken[index] ?? { tookUs: [], seconds: 0 }));
}

/** Node 1 has the lowest address: it manages. */
async function heartwire([manager, , other]: readonly MemberProgram[]): Promise<Row[]> {
  const rows: Row[] = [];
  if (manager === undefined || other === undefined) return rows;
  const places = FORMS.flatMap(([name, options]) => [
    { what: `Heartwire ${name}, at the manager`, member: manager, options },
    { what: `Heartwire ${name}, elsewhere`, member: other, options },
  ]);
  for (const inFlight of LOADS) rows.push(...(await inTurns(places, inFlight)));
  return rows;
}

/** V5: the others go on, and queue for it what it misses. */
async function withoutOne([manager, away]: readonly MemberProgram[], announce: Pause): Promise<Row[]> {
  if (manager === undefined || away === undefined) return [];
  await announce(away);
  const forms = FORMS.slice(0, 2);
  const places = forms.map(([name, options]) => ({
    what: `Heartwire ${name}, at the manager, one away as announced`,
    member: manager,
    options,
  }));
  const rows = await inTurns(places, 1);
  if (away.pid !== null) process.kill(away.pid, 'SIGCONT');
  return rows;
}

async function sleepyHeartwire([manager]: readonly MemberProgram[]): Promise<Row[]> {
  if (manager === undefined) return [];
  const forms = FORMS.slice(0, 2);
  const places = forms.map(([name, options]) => ({
    what: `Heartwire ${name}, at the manager, keep_awake: false`,
    member: manager,
    options,
  }));
  return inTurns(places, 1);
}

async function etcd(path: string, inFlights: readonly number[], how = ''): Promise<Row[]> {
  const stage = await Stage.open({ nodes: NODES.length, networks: 1, hosts: [] });
  try {
    startEtcd(stage, NODES, path);
    const rows: Row[] = [];
    const program = fileURLToPath(new URL('commit/etcd-client.js', import.meta.url));
    for (const inFlight of inFlights) {
      const words = [process.execPath, program, networkAddress(0, 1), String(TURNS * count), String(inFlight), String(BYTES)];
      const answer = await stage.run(nodeName(1), words);
      rows.push(rowOf(`etcd put over HTTP, memory-backed disk${how}`, inFlight, JSON.parse(answer) as Measured));
    }
    return rows;
  } finally {
    await stage.close();
  }
}

/** What the same three places take for the bare datagrams of it. */
async function bare(inFlights: readonly number[], how = ''): Promise<Row[]> {
  const stage = await Stage.open({ nodes: NODES.length, networks: 1, hosts: [] });
  try {
    const [proposer = 1, ...voters] = NODES;
    const program = fileURLToPath(new URL('commit/bare-member.js', import.meta.url));
    for (const node of voters) {
      const voter = stage.spawn(nodeName(node), [process.execPath, program, networkAddress(0, node)]);
      await once(voter.stdout, 'data');
    }
    const rows: Row[] = [];
    const addresses = [proposer, ...voters].map((node) => networkAddress(0, node));
    for (const inFlight of inFlights) {
      for (const [name, phases] of [
        ['two-phase', 2],
        ['three-phase', 3],
      ] as const) {
        const words = [process.execPath, program, ...addresses, ...[phases, TURNS * count, inFlight, BYTES].map(String)];
        const answer = await stage.run(nodeName(proposer), words);
        rows.push(rowOf(`bare datagrams of node:dgram, ${name}${how}`, inFlight, JSON.parse(answer) as Measured));
      }
    }
    return rows;
  } finally {
    await stage.close();
  }
}

const machine = machineFacts();
if (etcdPath === null) process.stderr.write('etcd: left out, not installed (apt-get install --no-install-recommends etcd-server)\n');
const AWAKE = ', CPUs kept awake';
const rows: Row[] = [];
if (etcdPath !== null) {
  rows.push(...(await etcd(etcdPath, LOADS)));
  rows.push(...((await whileAwake(() => etcd(etcdPath ?? '', [1], AWAKE))) ?? []));
}
rows.push(
  ...(await withCluster(true, heartwire)),
  ...(await withCluster(true, withoutOne)),
  ...(await withCluster(false, sleepyHeartwire)),
);
rows.push(...(await bare(LOADS)), ...((await whileAwake(() => bare([1], AWAKE))) ?? []));
const table = markdownTable(
  ['what', 'in flight', 'median us', '99 % us', 'max us', 'a second'],
  rows.map((row) => [row.what, row.inFlight, figure(row.medianUs), figure(row.p99Us), figure(row.maxUs), Math.round(row.perSecond)]),
);
const command = commandLine('bench:commit');
const text = `# Three nodes agree\n\n\`${command}\`: ${TURNS * count} operations of ${BYTES} bytes a row (Heartwire's in ${TURNS} turns), three nodes on one machine.\n\n${table}\n`;
process.stdout.write(`${text}\n`);
if (values.out !== undefined) writeResults(values.out, { command, machine, count: TURNS * count, bytes: BYTES }, { rows }, text);
