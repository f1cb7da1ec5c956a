// Faults that hit while something else goes on: both cores loaded, the kernel's lock for network settings contended, the
// owner's egress queue full.
import { setTimeout as pause } from 'node:timers/promises';
import { availableParallelism } from 'node:os';
import type { Stage } from '../../../lib/demo/stage.ts';
import { addressOf, interfaceName, nodeName } from '../../../lib/demo/topology.ts';
import type { SandboxProcess } from '../../../lib/demo/sandbox-process.ts';
import type { BenchFault } from '../fault.ts';
import { versionOf } from '../systems/installed.ts';
import { silent } from './network.ts';
import { killed, plannedMove, stopped } from './process.ts';

const LOADED_FOR_MS = 400;
const EGRESS_RATE = '50mbit';
const EGRESS_LATENCY = '20ms';

function loaded(fault: BenchFault): BenchFault {
  return {
    ...fault,
    name: `${fault.name}, loaded`,
    detail: `${fault.detail}, while stress-ng keeps all cores busy`,
    unfit: (running, owner) => (versionOf('stress-ng', '--version') === null ? 'stress-ng is not installed' : fault.unfit(running, owner)),
    async setting(stage: Stage) {
      const command = ['stress-ng', '--quiet', '--temp-path', '/run', '--cpu', String(availableParallelism())];
      const load = stage.sandbox.spawn(null, command);
      await pause(LOADED_FOR_MS);
      return () => ended(load);
    },
  };
}

// Taking an interface away waits for the kernel's grace period with the lock held.
const CONTEND = 'while :; do echo "link add a type veth peer name b"; echo "link set a up"; echo "link delete a"; done | ip -batch -';

const nothing: BenchFault = {
  name: 'nothing',
  detail: 'a minute without a fault; nothing should happen',
  expected: 'stays',
  slow: true,
  watchMs: 60_000,
  hits: 'network',
  unfit: () => null,
  prepare: () => Promise.resolve(() => undefined),
};

const contended: BenchFault = {
  ...silent,
  name: 'silent, RTNL contended',
  detail: `${silent.detail}, while another namespace adds and deletes interfaces without pause`,
  async setting(stage: Stage) {
    await stage.sandbox.run(null, ['ip', 'netns', 'add', 'contender']);
    stage.sandbox.spawn('contender', ['sh', '-c', CONTEND]);
    await pause(LOADED_FOR_MS);
    return () => stage.sandbox.run(null, ['sh', '-c', 'ip netns pids contender | xargs -r kill -9; ip netns delete contender']);
  },
};

function ended(program: SandboxProcess): Promise<unknown> {
  program.kill('SIGTERM');
  return program.exited;
}

async function saturated(stage: Stage, owner: number): Promise<() => Promise<unknown>> {
  const queue = (verb: string, ...rest: string[]): Promise<string> =>
    stage.run(nodeName(owner), ['tc', 'qdisc', verb, 'dev', interfaceName(0), 'root', ...rest]);
  await queue('add', 'tbf', 'rate', EGRESS_RATE, 'burst', '32kb', 'latency', EGRESS_LATENCY);
  const to = addressOf(stage.topology, 'observer', 0);
  const flood = stage.spawn(nodeName(owner), ['socat', '-u', '-b', '1400', '/dev/zero', `UDP4-SENDTO:${to}:9`]);
  await pause(LOADED_FOR_MS);
  return async () => {
    await ended(flood);
    await queue('delete');
  };
}

const saturatedMove: BenchFault = {
  ...plannedMove,
  name: 'planned move, egress full',
  detail: `${plannedMove.detail}, while the owner's egress queue (${EGRESS_RATE}, ${EGRESS_LATENCY}) is full`,
  setting: saturated,
};

export const hardships: readonly BenchFault[] = [
  loaded(silent),
  loaded(killed),
  loaded(stopped),
  contended,
  saturatedMove,
  loaded(nothing),
];
