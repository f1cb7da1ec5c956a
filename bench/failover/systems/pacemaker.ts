// corosync and pacemaker with the OCF agent IPaddr2, all inside the stage: each node has its own /run, /etc/corosync,
// /var/lib/pacemaker and shared memory on private tmpfs mounts, and its own host name. Their sockets are abstract ones, so
// the network namespace keeps the nodes apart, and the machine's own cluster, if any, is not touched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Stage } from '../../../lib/demo/stage.ts';
import { nodeIds, nodeName } from '../../../lib/demo/topology.ts';
import { type Running, type System, VIRTUAL_ADDRESS } from '../system.ts';
import { versionOf } from './installed.ts';
import { corosyncConfiguration, pacemakerConfiguration } from './pacemaker-files.ts';
import { processName } from './process-tree.ts';
import { Programs } from './programs.ts';

const TOKEN_MS = 100;
const AGENT = '/usr/lib/ocf/resource.d/heartbeat/IPaddr2';
const NAMESPACES = ['--mount', '--uts', '--ipc'];

export function pacemaker(): System {
  const corosync = versionOf('corosync', '-v');
  const manager = versionOf('pacemakerd', '--version');
  return {
    name: `corosync + pacemaker, token ${TOKEN_MS} ms`,
    detail: `${corosync ?? 'corosync'}; ${manager ?? 'pacemaker'}; knet over two networks, IPaddr2, no fencing; killed and stopped is corosync`,
    missing: corosync === null || manager === null || !existsSync(AGENT) ? 'corosync pacemaker pacemaker-cli-utils resource-agents' : null,
    slow: true,
    deadlineMs: 60_000,
    steadyMs: 1000,
    settleMs: 10_000,
    start: (stage) => Promise.resolve(start(stage)),
  };
}

function start(stage: Stage): Running {
  const programs = new Programs();
  for (const node of nodeIds(stage.topology)) {
    const command = ['unshare', ...NAMESPACES, 'sh', '-c', firstProgram(stage, node)];
    programs.add(node, stage.spawn(nodeName(node), command));
  }
  const processes = (node: number): ReturnType<Running['processes']> =>
    programs.processes(node, (all, main) => all.find((pid) => processName(pid) === 'corosync') ?? main);
  return {
    processes,
    move: (owner) => inside(processes(owner)?.main ?? 0, ['crm_resource', '--resource', 'address', '--move']),
    blockEventLoops: null,
    restore: null,
    acquiredMs: () => [],
    log: () => programs.said,
  };
}

/** Runs a command among a node's own mounts and sockets. */
async function inside(pid: number, command: readonly string[]): Promise<void> {
  const child = spawn('nsenter', ['--target', String(pid), ...NAMESPACES, '--pid', '--net', '--', ...command], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${String(code)}`);
}

function firstProgram(stage: Stage, node: number): string {
  return `set -e
for place in /run /etc/corosync /var/lib/corosync /var/lib/pacemaker /var/log /dev/shm; do mount -t tmpfs tmpfs $place; done
hostname ${nodeName(node)}
mkdir -p /run/crm /run/lock /run/resource-agents /var/log/cluster /var/log/pacemaker
cd /var/lib/pacemaker
mkdir cib pengine cores blackbox
cat > /etc/corosync/corosync.conf <<'END'
${corosyncConfiguration(stage, TOKEN_MS)}
END
cat > cib/cib.xml <<'END'
${pacemakerConfiguration(VIRTUAL_ADDRESS)}
END
chmod 600 cib/cib.xml
chown -R hacluster:haclient /var/lib/pacemaker /run/crm /var/log/pacemaker
corosync -f &
until corosync-cmapctl -g runtime.votequorum.this_node_id >/dev/null 2>&1; do sleep 0.1; done
exec pacemakerd
`;
}
