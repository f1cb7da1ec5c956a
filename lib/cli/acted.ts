// A command that changes something says what has changed, from the status afterwards.
import type { Daemon } from '../api/daemon.ts';
import { type ClusterStatus, nodeLabel } from '../api/status.ts';
import { type DaemonOptions, withDaemon } from './daemon-options.ts';
import { printJson, printLine } from './output.ts';

export async function act(
  options: DaemonOptions,
  change: (daemon: Daemon) => Promise<void>,
  say: (status: ClusterStatus) => string,
): Promise<void> {
  const status = await withDaemon(options, async (daemon) => {
    await change(daemon);
    return daemon.status();
  });
  if (options.json === true)
    printJson({ done: true, role: status.self.role, manager: nameOf(status, status.manager), standby: nameOf(status, status.standby) });
  else printLine(say(status));
}

/** "node2", or "nobody". */
export function labelOf(status: ClusterStatus, node: number | null): string {
  return nameOf(status, node) ?? 'nobody';
}

function nameOf(status: ClusterStatus, node: number | null): string | null {
  return node === null ? null : nodeLabel(status, node);
}
