// The bare program of bench/floor: node 1 beats over both networks, node 2 watches.
import type { SandboxProcess } from '../../../lib/demo/sandbox-process.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import { addressOf, interfaceName, networkIds, nodeName } from '../../../lib/demo/topology.ts';
import { compiled } from '../../floor/compile.ts';
import { type Running, type System, VIRTUAL_ADDRESS } from '../system.ts';

const PRIORITY = '50';

export function floor(intervalUs: number, intervals: number): System {
  return {
    name: `bare program ${intervalUs / 1000} ms x ${intervals}`,
    detail: 'bench/floor/floor.c: beat, deadline, netlink add, one gratuitous ARP; SCHED_FIFO 50; no votes, no authentication',
    missing: null,
    slow: false,
    deadlineMs: 10_000,
    steadyMs: 100,
    settleMs: 300,
    async start(stage: Stage): Promise<Running> {
      const program = compiled('floor');
      await stage.run(nodeName(1), ['ip', 'address', 'add', `${VIRTUAL_ADDRESS}/24`, 'dev', interfaceName(0)]);
      const takeover = ['--address', VIRTUAL_ADDRESS, '--prefix', '24', '--interface', interfaceName(0)];
      const timing = ['--timeout-us', String(intervalUs * intervals), '--priority', PRIORITY];
      const watch = stage.spawn(nodeName(2), [program, 'watch', ...timing, ...takeover]);
      const targets = networkIds(stage.topology).flatMap((network) =>
        [2, 3].flatMap((node) => ['--to', addressOf(stage.topology, nodeName(node), network)]),
      );
      const beat = stage.spawn(nodeName(1), [program, 'beat', '--interval-us', String(intervalUs), '--priority', PRIORITY, ...targets]);
      return running([beat, watch]);
    },
  };
}

function running(programs: readonly SandboxProcess[]): Running {
  let said = '';
  for (const program of programs) {
    for (const stream of [program.stdout, program.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  }
  return {
    processes: (node) => {
      const pid = programs[node - 1]?.pid ?? null;
      return pid === null ? null : { daemon: pid, main: pid, all: [pid] };
    },
    move: null,
    blockEventLoops: null,
    restore: null,
    acquiredMs: () => [],
    log: () => said,
  };
}
