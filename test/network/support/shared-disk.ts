// A disk that all nodes of a stage reach: a loop device, or a file where none is offered. It goes with the sandbox: its holder
// has it open, and the kernel detaches a loop device (told so beforehand) when the last one closes it.
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { SANDBOX_DIRECTORY } from '../../../lib/demo/sandbox.ts';
import type { Stage } from '../../../lib/demo/stage.ts';
import type { StagedCluster } from '../../../lib/demo/staged-cluster.ts';
import { SWITCH } from '../../../lib/demo/topology.ts';

/** Where the configuration has it. */
export const DISK: string = `${SANDBOX_DIRECTORY}/disk`;
/** What it is made of. */
export const BACKING: string = `${SANDBOX_DIRECTORY}/backing`;

const COMMAND_LINE = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url));

const LOOP = `if loop=$(losetup --find --show ${BACKING} 2>/dev/null); then
  exec 3<"$loop"; losetup --detach "$loop"; ln -s "$loop" ${DISK}
else ln -s ${BACKING} ${DISK}; fi
echo ready; exec cat >/dev/null`;

export async function makeDisk(stage: Stage): Promise<void> {
  const holder = stage.spawn(SWITCH, ['sh', '-c', `truncate -s 1M ${BACKING}; ${LOOP}`]);
  await once(holder.stdout, 'data');
}

export async function prepareDisk(stage: Stage, { plan }: StagedCluster, ...more: readonly string[]): Promise<void> {
  const configuration = `${SANDBOX_DIRECTORY}/${plan.name}/heartwire.yaml`;
  await stage.run(SWITCH, [process.execPath, COMMAND_LINE, 'disk', 'init', DISK, '--config', configuration, ...more]);
}
