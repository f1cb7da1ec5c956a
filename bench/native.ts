// `npm run bench:native`: what calling the native engine costs from JavaScript, what reading its state costs without a
// call, and how fast its events arrive. Prints a table and, as the last line, the same as JSON.
//
//   npm run bench:native -- [--short] [--out PATH]
import { parseArgs } from 'node:util';
import { native, type NativeNode } from '../lib/native.ts';
import { type Machine, machineFacts } from './support/machine.ts';
import { type CallCost, callCosts } from './native/calls.ts';
import { addressLatencies } from './native/address.ts';
import { Fence } from './native/fence.ts';
import { eventLatencies, type Latency } from './native/latency.ts';
import { Sleeper } from './native/sleeper.ts';
import { commandLine, writeResults } from './support/results.ts';
import { quietOptions } from './support/native-options.ts';

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, out: { type: 'string' } } });

const PORT = 29_400;
const PAGE_TARGET_NS = 50;
const EVENT_TARGET_US = 30;
const ADDRESS_TARGET_US = 60;

function startNode(): { node: NativeNode; fence: Fence; sleeper: Sleeper; scheduling: string } {
  const options = quietOptions(PORT, { clusterName: 'bench', beatPriority: 50, lockMemory: true });
  const node: NativeNode = new native.NativeNode(options, (events) => {
    sleeper.hear(events);
    fence.hear(events);
  });
  const fence = new Fence(node);
  const sleeper = new Sleeper(node);
  const { beat } = node.start(1n);
  return { node, fence, sleeper, scheduling: beat.reason === null ? `${beat.policy} ${beat.priority}` : `${beat.policy} (${beat.reason})` };
}

function table(machine: Machine, scheduling: string, costs: readonly CallCost[], latencies: readonly Latency[]): string {
  return [
    '| call | ns | spread | measured by |',
    '|---|---|---|---|',
    ...costs.map(
      (each) =>
        `| ${each.name} | ${each.ns.toFixed(each.ns < 100 ? 1 : 0)} | ±${each.spreadPercent.toFixed(1)} % | ${each.how}, ${each.runs} |`,
    ),
    '',
    '| latency, us | median | p90 | p99 | max | runs |',
    '|---|---|---|---|---|---|',
    ...latencies.map(
      (each) =>
        `| ${each.name} | ${[each.medianUs, each.p90Us, each.p99Us, each.maxUs].map((value) => value.toFixed(1)).join(' | ')} | ${each.runs} |`,
    ),
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, load ${machine.load1.toFixed(2)} at the start; ` +
      `beat thread ${scheduling}. Targets: state from the page ${PAGE_TARGET_NS} ns, event with a sleeping loop ${EVENT_TARGET_US} us, ` +
      `an address decided -> announced ${ADDRESS_TARGET_US} us.`,
    '',
  ].join('\n');
}

const machine = machineFacts();
const { node, fence, sleeper, scheduling } = startNode();
try {
  const latencies = [...(await eventLatencies(fence, sleeper, values.short ? 100 : 5000)), ...(values.short ? [] : addressLatencies(500))];
  const costs = await callCosts(node, fence, values.short ? 0.05 : 1);
  const text = table(machine, scheduling, costs, latencies);
  if (values.out !== undefined) {
    const command = commandLine('bench:native');
    writeResults(
      values.out,
      { command, machine, scheduling },
      { rows: costs, latencies },
      `# Calls into the addon\n\n\`${command}\`\n\n${text}`,
    );
  }
  process.stdout.write(`${text}\n${JSON.stringify({ machine, scheduling, costs, latencies })}\n`);
} finally {
  node.stop();
}
