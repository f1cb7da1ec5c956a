// The bare program of bench/floor: node 1 beats over both networks, node 2 watches.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';
import type { Stage } from '../../lib/demo/stage.ts';
import { addressOf, interfaceName, networkIds, nodeName } from '../../lib/demo/topology.ts';
import { VIRTUAL_ADDRESS, type Contender } from './contender.ts';

const SOURCE = join(packageRoot, 'bench/floor/floor.c');
const PROGRAM = join(packageRoot, 'build/bench/floor');
const PRIORITY = '50';

export function floorContender(intervalUs: number, intervals: number): Contender {
  let said = '';
  return {
    name: `bare program ${intervalUs / 1000} ms x ${intervals}`,
    detail: 'bench/floor/floor.c: beat, deadline, netlink add, one gratuitous ARP; SCHED_FIFO 50; no votes, no authentication',
    log: () => said,
    async start(stage: Stage): Promise<void> {
      said = '';
      build();
      await stage.run(nodeName(1), ['ip', 'address', 'add', `${VIRTUAL_ADDRESS}/24`, 'dev', interfaceName(0)]);
      const watch = stage.spawn(nodeName(2), [
        PROGRAM,
        'watch',
        '--timeout-us',
        String(intervalUs * intervals),
        '--address',
        VIRTUAL_ADDRESS,
        '--prefix',
        '24',
        '--interface',
        interfaceName(0),
        '--priority',
        PRIORITY,
      ]);
      const targets = networkIds(stage.topology).flatMap((network) =>
        [2, 3].flatMap((node) => ['--to', addressOf(stage.topology, nodeName(node), network)]),
      );
      const beat = stage.spawn(nodeName(1), [PROGRAM, 'beat', '--interval-us', String(intervalUs), '--priority', PRIORITY, ...targets]);
      for (const stream of [watch.stdout, watch.stderr, beat.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
    },
  };
}

function build(): void {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return;
  mkdirSync(dirname(PROGRAM), { recursive: true });
  execFileSync(process.env['CC'] ?? 'cc', ['-O2', '-Wall', '-Wextra', '-o', PROGRAM, SOURCE], { stdio: 'inherit' });
}
