// Faults that hit while something else goes on: both cores loaded, the kernel's lock for network settings contended, the
// owner's egress queue full.
import { setTimeout as pause } from 'node:timers/promises';
import { availableParallelism } from 'node:os';
import type { Stage } from '../../../lib/demo/stage.ts';
import { addressOf, interfaceName, nodeName } from '../../../lib/demo/topology.ts';
import type { BenchFault, Scene } from '../fault.ts';
import { versionOf } from '../systems/installed.ts';
import { silent } from './network.ts';
import { killed, plannedMove, stopped } from './process.ts';

const LOADED_FOR_MS = 1000;
const EGRESS_RATE = '50mbit';
const EGRESS_LATENCY = '20ms';

/** It all dies with the stage. */
function loaded(fault: BenchFault): BenchFault {
  return {
    ...fault,
    name: `${fault.name}, loaded`,
    detail: `${fault.detail}, while stress-ng keeps all cores busy`,
    unfit: (running, owner) => (versionOf('stress-ng', '--version') === null ? 'stress-ng is not installed' : fault.unfit(running, owner)),
    async setting(stage: Stage) {
      stage.sandbox.spawn(null, ['stress-ng', '--quiet', '--temp-path', '/run', '--cpu', String(availableParallelism())]);
      await pause(LOADED_FOR_MS);
    },
  };
}

// Taking an interface away waits for the kernel's grace period with the lock held.
const CONTEND = 'while :; do echo "link add a type veth peer name b"; echo "link set a up"; echo "link delete a"; done | ip -batch -';

const contended: BenchFault = {
  ...silent,
  name: 'silent, RTNL contended',
  detail: `${silent.detail}, while another namespace adds and deletes interfaces without pause`,
  async setting(stage: Stage) {
    await stage.sandbox.run(null, ['ip', 'netns', 'add', 'contender']);
    stage.sandbox.spawn('contender', ['sh', '-c', CONTEND]);
    await pause(LOADED_FOR_MS);
  },
};

async function saturate({ stage, owner }: Scene): Promise<void> {
  const limit = ['root', 'tbf', 'rate', EGRESS_RATE, 'burst', '32kb', 'latency', EGRESS_LATENCY];
  await stage.run(nodeName(owner), ['tc', 'qdisc', 'add', 'dev', interfaceName(0), ...limit]);
  const to = addressOf(stage.topology, 'observer', 0);
  stage.spawn(nodeName(owner), ['socat', '-u', '-b', '1400', '/dev/zero', `UDP4-SENDTO:${to}:9`]);
  await pause(LOADED_FOR_MS);
}

const saturatedMove: BenchFault = {
  ...plannedMove,
  name: 'planned move, egress full',
  detail: `${plannedMove.detail}, while the owner's egress queue (${EGRESS_RATE}, ${EGRESS_LATENCY}) is full`,
  async prepare(scene) {
    await saturate(scene);
    return plannedMove.prepare(scene);
  },
};

export const hardships: readonly BenchFault[] = [loaded(silent), loaded(killed), loaded(stopped), contended, saturatedMove];
