// How fast do messages get across? Heartwire's reliable datagrams from one node to one and to four others, beside TCP and
// a broker in the same run, each cell by turns, with and without frames lost in the switch.
//
//   npm run bench:messages -- [--seconds 1.5] [--short] [--out PATH]
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { SandboxProcess } from '../lib/demo/sandbox-process.ts';
import { Stage } from '../lib/demo/stage.ts';
import { addressOf, nodeName } from '../lib/demo/topology.ts';
import { NATS_PORT } from './messages/nats.ts';
import { draw, messagesPlot, type Row, table } from './messages/report.ts';
import type { Answer, Order, ProgramPlan } from './messages/program.ts';
import { transports } from './messages/systems.ts';
import { SENDER } from './messages/transport.ts';
import { whileAwake } from './support/awake.ts';
import { spreadOf } from './support/figures.ts';
import { machineFacts, machineLine } from './support/machine.ts';
import { commandLine, writeResults } from './support/results.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string' }, short: { type: 'boolean', default: false }, out: { type: 'string' } },
});
const streamMs = 1000 * Number(values.seconds ?? (values.short ? 0.05 : 1.5));
const roundTrips = values.short ? 5 : 2000;
const sizes = values.short ? [64, 65_536] : [64, 1024, 8192, 65_536];
const RECEIVERS = [2, 3, 4, 5];
const counts = values.short ? [RECEIVERS.length] : [1, RECEIVERS.length];
const BROKER = 'broker';
const NATS = ['/usr/sbin/nats-server', '/usr/bin/nats-server'].find((path) => existsSync(path));

class Sender {
  readonly #process: SandboxProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(process: SandboxProcess, lines: Interface) {
    this.#process = process;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async line(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the sender ended');
    return JSON.parse(value) as unknown;
  }

  async measure(order: Order, lossPercent: number): Promise<Row> {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`);
    const { roundTripUs, messagesPerSecond } = (await this.line()) as Answer;
    const spread = spreadOf(roundTripUs);
    const { system, receivers, bytes } = order;
    process.stderr.write(`${system}, ${lossPercent} % lost, to ${receivers}, ${bytes} B: median ${Math.round(spread?.median ?? 0)} us\n`);
    return {
      ...{ system, lossPercent, receivers, bytes, messagesPerSecond },
      ...{ medianUs: spread?.median ?? null, p99Us: spread?.p99 ?? null, maxUs: spread?.max ?? null },
      megabytesPerSecond: (messagesPerSecond * bytes) / 1e6,
    };
  }
}

async function cast(stage: Stage, systems: readonly string[]): Promise<Sender> {
  const nodes = [SENDER, ...RECEIVERS];
  const addresses = Object.fromEntries(nodes.map((node) => [node, addressOf(stage.topology, nodeName(node), 0)]));
  const broker = addressOf(stage.topology, BROKER, 0);
  if (NATS !== undefined) stage.spawn(BROKER, [NATS, '-a', broker, '-p', String(NATS_PORT)]).stderr.resume();
  const program = fileURLToPath(new URL('messages/program.js', import.meta.url));
  const processes = nodes.map((node) => {
    const plan: ProgramPlan = { node, receivers: RECEIVERS, addresses, broker, systems };
    const started = stage.spawn(nodeName(node), [process.execPath, program, JSON.stringify(plan)]);
    started.stderr.on('data', (chunk) => process.stderr.write(String(chunk)));
    return started;
  });
  const senders = processes.map((each) => new Sender(each, createInterface({ input: each.stdout })));
  await Promise.all(senders.map((each) => each.line()));
  return senders[0] as Sender;
}

async function run(systems: readonly string[]): Promise<Row[]> {
  const stage = await Stage.open({ nodes: 1 + RECEIVERS.length, networks: 2, hosts: [BROKER] });
  try {
    const sender = await cast(stage, systems);
    const rows: Row[] = [];
    for (const lossPercent of [0, 5]) {
      await stage.setFaults(lossPercent === 0 ? [] : [{ kind: 'loss', percent: lossPercent }]);
      for (const receivers of counts)
        for (const bytes of sizes)
          for (const system of systems) rows.push(await sender.measure({ system, receivers, bytes, roundTrips, streamMs }, lossPercent));
    }
    return rows;
  } finally {
    await stage.close();
  }
}

const machine = machineFacts();
const systems = Object.keys(transports).filter((system) => system !== 'nats-server' || NATS !== undefined);
if (NATS === undefined)
  process.stderr.write('nats-server: left out, not installed (apt-get install --no-install-recommends nats-server)\n');
// Heartwire keeps CPUs awake by itself; here the others have the same.
const awakeRows = await whileAwake(() => run(systems));
const rows = awakeRows ?? (await run(systems));
const awake = awakeRows === null ? '' : ' CPUs are kept awake for all\nof them, as Heartwire keeps them while messages are dense.';
const command = commandLine('bench:messages');
const text = `# Messages

\`${command}\`: one node to one and to four others, in network namespaces of one machine, over veth and a bridge. A round trip ends
when all receivers have answered with one byte; a stream keeps at most 64 messages or 1 MiB unanswered a receiver, and megabytes
count once, however many receive them. "lost" is of every frame in the switch. Heartwire's messages are sealed, TCP and NATS are neither
sealed nor encrypted; NATS has its broker on a host of its own.${awake}

${machineLine(machine)}

${table(rows)}
`;
process.stdout.write(`${text}\n`);
if (values.out !== undefined) {
  writeResults(values.out, { command, machine }, { rows }, text);
  draw(messagesPlot(`${values.out}.svg`, rows));
}
