// What does one engine with many peers cost? The beat thread as it ships, with 10 to 1,000 peers on two networks at ten
// beats a second, beside a program that only sends and answers as many frames; by turns, on a stage.
//
//   npm run bench:scale -- [--seconds 5] [--rounds 3] [--short] [--out PATH]
import { parseArgs } from 'node:util';
import { Stage } from '../lib/demo/stage.ts';
import { addressOf, nodeName } from '../lib/demo/topology.ts';
import { coreTool } from './support/core-tool.ts';
import { figure, markdownTable, quantile } from './support/figures.ts';
import { machineFacts, machineLine } from './support/machine.ts';
import { dataBlock, draw } from './support/plot.ts';
import { commandLine, writeResults } from './support/results.ts';

const { values } = parseArgs({
  options: {
    ...{ seconds: { type: 'string' }, rounds: { type: 'string' }, out: { type: 'string' } },
    short: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds ?? (values.short ? 0.5 : 5));
const rounds = Number(values.rounds ?? (values.short ? 1 : 3));
const PEERS = values.short ? [10, 100] : [10, 30, 100, 300, 1000];
const NODE = 1;
const OTHERS = 2;
const BUDGET = 1.3;

interface Run {
  readonly what: 'node' | 'floor';
  readonly peers: number;
  readonly seconds: number;
  readonly cpuNs: number;
  readonly sent: number;
  readonly received: number;
  readonly lateP50Ns: number;
  readonly lateP99Ns: number;
  readonly lateMaxNs: number;
  /** Peers that the engine found alive at the end. */
  readonly up: number;
}

async function measure(stage: Stage, program: string, peers: number): Promise<Run[]> {
  const addresses = (node: number): string[] => [0, 1].map((network) => addressOf(stage.topology, nodeName(node), network));
  const others = stage.spawn(nodeName(OTHERS), [program, 'peers', String(peers), ...addresses(NODE)]);
  try {
    await new Promise((resolve) => others.stdout.once('data', resolve));
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round++)
      for (const what of ['floor', 'node']) {
        const words = [program, what, String(peers), String(seconds), ...addresses(OTHERS)];
        const run = JSON.parse(await stage.run(nodeName(NODE), words)) as Run;
        process.stderr.write(`${what}, ${peers} peers: ${figure(cpuUs(run))} us a frame\n`);
        runs.push(run);
      }
    return runs;
  } finally {
    await others.end();
  }
}

/** Of the one thread, for each frame that it sent; what it received in between is in it. */
function cpuUs({ cpuNs, sent }: Run): number {
  return cpuNs / sent / 1000;
}

function median(runs: readonly Run[], of: (run: Run) => number): number {
  return (
    quantile(
      runs.map(of).sort((left, right) => left - right),
      0.5,
    ) ?? Number.NaN
  );
}

interface Row {
  readonly peers: number;
  readonly framesPerSecond: number;
  readonly floorUs: number;
  readonly nodeUs: number;
  readonly ratio: number;
  readonly floorCpuPercent: number;
  readonly nodeCpuPercent: number;
  readonly lateP50Us: number;
  readonly lateP99Us: number;
  readonly lateMaxUs: number;
  readonly upAtLeast: number;
}

function rowOf(peers: number, all: readonly Run[]): Row {
  const of = (what: Run['what']): Run[] => all.filter((run) => run.peers === peers && run.what === what);
  const [floor, node] = [of('floor'), of('node')];
  const [floorUs, nodeUs] = [median(floor, cpuUs), median(node, cpuUs)];
  const percent = (runs: readonly Run[]): number => median(runs, (run) => run.cpuNs / run.seconds / 1e7);
  return {
    ...{ peers, floorUs, nodeUs, ratio: nodeUs / floorUs, framesPerSecond: median(node, (run) => run.sent / run.seconds) },
    ...{ floorCpuPercent: percent(floor), nodeCpuPercent: percent(node) },
    lateP50Us: median(node, (run) => run.lateP50Ns / 1000),
    lateP99Us: median(node, (run) => run.lateP99Ns / 1000),
    lateMaxUs: Math.max(...node.map((run) => run.lateMaxNs / 1000)),
    upAtLeast: Math.min(...node.map((run) => run.up)),
  };
}

const machine = machineFacts();
const program = coreTool('scale_bench');
const stage = await Stage.open({ nodes: 2, networks: 2, hosts: [] });
const runs: Run[] = [];
try {
  for (const peers of PEERS) runs.push(...(await measure(stage, program, peers)));
} finally {
  await stage.close();
}
const rows = PEERS.map((peers) => rowOf(peers, runs));
const table = markdownTable(
  [
    ...['peers', 'frames sent a second', 'floor, us a frame', 'engine, us a frame', 'ratio', 'floor, % of a CPU', 'engine, % of a CPU'],
    ...['late: median us', '99 % us', 'max us', 'peers alive'],
  ],
  rows.map((row) => [
    ...[row.peers, Math.round(row.framesPerSecond), figure(row.floorUs), figure(row.nodeUs), figure(row.ratio)],
    ...[figure(row.floorCpuPercent), figure(row.nodeCpuPercent)],
    ...[figure(row.lateP50Us), figure(row.lateP99Us), figure(row.lateMaxUs), row.upAtLeast],
  ]),
);
const command = commandLine('bench:scale');
const text = `# One engine, many peers

\`${command}\`: two networks, ten beats a second to and from each peer, each answered. CPU time of the one thread (scheduler's account), for
each frame that it sent, receiving included; medians of ${rounds} runs of ${seconds} s each, floor and engine by turns. The floor sends and answers the same
frames in the same batches (sendmmsg, recvmmsg), without seals or an engine. All peers are one program on the other node. Budget: a ratio of ${BUDGET}.

${machineLine(machine)}

${table}
`;
process.stdout.write(`${text}\n`);
if (values.out !== undefined) {
  writeResults(values.out, { command, machine }, { rows, runs }, text);
  draw({
    file: `${values.out}.svg`,
    ...{ widthPx: 700, heightPx: 450 },
    commands: [
      dataBlock(
        'rows',
        rows.map((row) => [row.peers, row.floorUs, row.nodeUs]),
      ),
      ...['set logscale x', 'set yrange [0:*]', 'set xlabel "peers"', 'set ylabel "CPU for each frame sent, us"'],
      'plot $rows using 1:2 with linespoints title "floor", $rows using 1:3 with linespoints title "engine"',
    ],
  });
}
