// keepalived at the fastest that VRRPv3 allows (10 ms, so 30 ms and a little until the backup takes over),
// with real-time priority. The second node has the highest priority left, so that its skew is the
// smallest there is; the third is far behind, so that the two never compete.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { SANDBOX_DIRECTORY } from '../../lib/demo/sandbox.ts';
import type { Stage } from '../../lib/demo/stage.ts';
import { interfaceName, nodeIds, nodeName } from '../../lib/demo/topology.ts';
import { VIRTUAL_ADDRESS, type Contender } from './contender.ts';

const PRIORITIES = [254, 253, 100];

/** Null when it is not installed. */
export function keepalivedContender(): Contender | null {
  const version = spawnSync('keepalived', ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return null;
  let said = '';
  return {
    name: 'keepalived 10 ms x 3',
    detail: `${(version.stderr + version.stdout).split('\n')[0] ?? 'keepalived'}: VRRPv3, advert_int 0.01, vrrp_rt_priority 50, nopreempt`,
    log: () => said,

    async start(stage: Stage): Promise<void> {
      said = '';
      for (const node of nodeIds(stage.topology)) {
        const folder = `${SANDBOX_DIRECTORY}/keepalived${node}`;
        mkdirSync(stage.sandbox.path(folder), { recursive: true });
        writeFileSync(stage.sandbox.path(`${folder}/keepalived.conf`), configuration(node));
        const daemon = stage.spawn(nodeName(node), [
          'keepalived',
          '--dont-fork',
          '--vrrp',
          '--log-console',
          `--use-file=${folder}/keepalived.conf`,
          `--pid=${folder}/pid`,
          `--vrrp_pid=${folder}/vrrp.pid`,
        ]);
        for (const stream of [daemon.stdout, daemon.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
      }
    },
  };
}

function configuration(node: number): string {
  return `global_defs {
  router_id ${nodeName(node)}
  vrrp_version 3
  vrrp_rt_priority 50
}
vrrp_instance service {
  state BACKUP
  interface ${interfaceName(0)}
  virtual_router_id 51
  priority ${PRIORITIES[node - 1] ?? 100}
  advert_int 0.01
  nopreempt
  virtual_ipaddress {
    ${VIRTUAL_ADDRESS}/24 dev ${interfaceName(0)}
  }
}
`;
}
