// Heartwire as it ships: three daemons started by the command line, beats authenticated, a majority of votes for each
// takeover. The only addition is a signal handler that lets a fault stop the event loop.
import { StagedCluster } from '../../../lib/demo/staged-cluster.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import { TWO_ADAPTERS } from '../../../lib/demo/two-adapters.ts';
import { version } from '../../../lib/package-root.ts';
import { EVENT_LOOP_BLOCKED_MS, type Running, type System, VIRTUAL_ADDRESS } from '../system.ts';
import { descendants } from './process-tree.ts';

const PRIORITY = 50;
const SETTLE_MS = 100;
const BLOCKER = new URL('../../../test/network/fixtures/block-event-loop.js', import.meta.url).href;

export function heartwire(name: string, intervalUs: number, timeoutUs: number): System {
  return {
    name,
    detail:
      `Heartwire ${version}: three voters, authenticated beats over two networks every ${intervalUs / 1000} ms, ` +
      `lease ${timeoutUs / 1000} ms; SCHED_FIFO ${PRIORITY} on the beat thread`,
    missing: null,
    slow: false,
    deadlineMs: 30_000,
    steadyMs: 100,
    settleMs: Math.max(SETTLE_MS, (3 * timeoutUs) / 1000),
    async start(stage: Stage, { twoAdapters }): Promise<Running> {
      const cluster = new StagedCluster(stage, {
        name: 'bench',
        nodes: [1, 2, 3],
        intervalUs,
        timeoutUs,
        addresses: [`${VIRTUAL_ADDRESS}/24`],
        priority: stage.sandbox.privileged ? PRIORITY : 0,
        ...(twoAdapters ? { fields: TWO_ADAPTERS } : {}),
        nodeArguments: ['--import', `${BLOCKER}?ms=${EVENT_LOOP_BLOCKED_MS}`],
      });
      await cluster.startAll();
      await cluster.formed();
      return running(cluster, twoAdapters);
    },
  };
}

function running(cluster: StagedCluster, twoAdapters: boolean): Running {
  return {
    processes: (node) => {
      const { pid } = cluster.daemon(node);
      return pid === null ? null : { daemon: pid, main: pid, all: [...descendants(pid), pid] };
    },
    move: async (owner) => {
      const moved = await cluster.daemon(owner).command(['move']);
      if (moved.code !== 0) throw new Error(`heartwire move: ${moved.stderr}`);
    },
    blockEventLoops: () => {
      for (const daemon of cluster.daemons) daemon.kill('SIGUSR2');
    },
    restore: async () => {
      for (const daemon of cluster.daemons) daemon.kill('SIGCONT'); // what was stopped along with one can see it end again
      const dead = cluster.daemons.filter((daemon) => !daemon.running).map((daemon) => daemon.node);
      await Promise.all(dead.map((node) => cluster.start(node)));
      await cluster.formed();
      if (twoAdapters) await cluster.allHeard();
    },
    acquiredMs: (node) =>
      cluster
        .daemon(node)
        .events.filter((event) => event.event === 'address-acquired' && event.node === node)
        .map((event) => event.atMs),
    log: () => cluster.daemons.map((daemon) => daemon.log.slice(-2000)).join('\n'),
  };
}
