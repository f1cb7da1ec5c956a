// keepalived at the fastest that VRRPv3 allows (10 ms, so 30 ms and a little until the backup takes over), with
// real-time priority, and as it comes (1 s). The second node has the highest priority left, so that its skew is the
// smallest there is; the third is far behind, so that the two never compete.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../../lib/demo/sandbox.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import { interfaceName, nodeIds, nodeName } from '../../../lib/demo/topology.ts';
import { type Running, type System, VIRTUAL_ADDRESS } from '../system.ts';
import { versionOf } from './installed.ts';
import { Programs } from './programs.ts';

const PRIORITIES = [254, 253, 100];

interface Settings {
  readonly global: readonly string[];
  readonly instance: readonly string[];
}

const FLOOR: Settings = { global: ['vrrp_version 3', 'vrrp_rt_priority 50'], instance: ['advert_int 0.01'] };
const DEFAULTS: Settings = { global: [], instance: [] };

export function keepalived(settings: 'floor' | 'defaults'): System {
  const version = versionOf('keepalived', '--version');
  const chosen = settings === 'floor' ? FLOOR : DEFAULTS;
  const words = [...chosen.global, ...chosen.instance, 'nopreempt'].join(', ');
  return {
    name: settings === 'floor' ? 'keepalived 10 ms x 3' : 'keepalived 1 s x 3',
    detail: `${version ?? 'keepalived'}: ${words}; killed and stopped is its VRRP process, which its parent watches; a planned move is its end`,
    missing: version === null ? 'keepalived' : null,
    slow: settings === 'defaults',
    deadlineMs: 20_000,
    steadyMs: 100,
    settleMs: settings === 'floor' ? 500 : 4000,
    start: (stage) => Promise.resolve(start(stage, chosen)),
  };
}

function start(stage: Stage, settings: Settings): Running {
  const programs = new Programs();
  const nodes = nodeIds(stage.topology);
  for (const node of nodes) startAt(stage, node, settings, programs);
  const processes = (node: number): ReturnType<Running['processes']> => programs.processes(node, (all) => all[0] ?? 0);
  return {
    processes,
    move: (owner) => {
      process.kill(processes(owner)?.main ?? 0, 'SIGTERM');
      return Promise.resolve();
    },
    blockEventLoops: null,
    restore: async () => {
      await Promise.all(
        nodes.map(async (node) => {
          await programs.end(node);
          await stage.run(nodeName(node), ['ip', 'address', 'flush', 'dev', interfaceName(0), 'to', VIRTUAL_ADDRESS]);
        }),
      );
      for (const node of nodes) startAt(stage, node, settings, programs);
    },
    acquiredMs: () => [],
    log: () => programs.said,
  };
}

function startAt(stage: Stage, node: number, settings: Settings, programs: Programs): void {
  const folder = `${SANDBOX_DIRECTORY}/keepalived${node}`;
  rmSync(stage.sandbox.path(folder), { recursive: true, force: true });
  mkdirSync(stage.sandbox.path(folder), { recursive: true });
  writeFileSync(stage.sandbox.path(`${folder}/keepalived.conf`), configuration(node, settings));
  const files = [`--use-file=${folder}/keepalived.conf`, `--pid=${folder}/pid`, `--vrrp_pid=${folder}/vrrp.pid`];
  programs.add(node, stage.spawn(nodeName(node), ['keepalived', '--dont-fork', '--vrrp', '--log-console', ...files]));
}

function configuration(node: number, settings: Settings): string {
  return `global_defs {
  router_id ${nodeName(node)}
  ${settings.global.join('\n  ')}
}
vrrp_instance service {
  state BACKUP
  interface ${interfaceName(0)}
  virtual_router_id 51
  priority ${PRIORITIES[node - 1] ?? 100}
  ${[...settings.instance, 'nopreempt'].join('\n  ')}
  virtual_ipaddress {
    ${VIRTUAL_ADDRESS}/24 dev ${interfaceName(0)}
  }
}
`;
}
