// `heartwire status`: the cluster as this node sees it. Its exit code tells a script whether all is well.
import { Command, InvalidArgumentError } from 'commander';
import type { ClusterStatus } from '../../api/status.ts';
import { EXIT } from '../../errors.ts';
import { askDaemon, type DaemonOptions, withDaemon, withDaemonOptions } from '../daemon-options.ts';
import { paintFor, printJson, printLine } from '../output.ts';
import { interruption } from '../interruption.ts';
import { statusScreen } from '../status-screen.ts';

interface StatusOptions extends DaemonOptions {
  readonly watch?: boolean;
  readonly interval: number;
}

const CLEAR_SCREEN = '\u001b[H\u001b[2J\u001b[3J';

export function statusCommand(): Command {
  return withDaemonOptions(new Command('status').description('show the cluster; exit code 1 when it is degraded'))
    .option('--watch', 'show it again whenever something happens, until interrupted')
    .option('--interval <ms>', 'with --watch: at least so often', milliseconds, 1000)
    .action(async (options: StatusOptions) => {
      const status = await (options.watch === true
        ? withDaemon(options, (daemon) => watch(daemon, options))
        : askDaemon(options, (daemon) => show(daemon, options)));
      process.exitCode = status === null || status.degraded.length === 0 ? EXIT.ok : EXIT.degraded;
    });
}

type DaemonLike = Parameters<Parameters<typeof withDaemon>[1]>[0];

async function show(daemon: DaemonLike, options: StatusOptions): Promise<ClusterStatus> {
  const status = await daemon.status();
  print(status, options);
  return status;
}

async function watch(daemon: DaemonLike, options: StatusOptions): Promise<ClusterStatus | null> {
  let last: ClusterStatus | null = null;
  for await (const status of await daemon.watch({ intervalMs: options.interval, signal: interruption() })) {
    if (options.json !== true) process.stdout.write(process.stdout.isTTY ? CLEAR_SCREEN : last === null ? '' : '\n');
    print(status, options);
    last = status;
  }
  return last;
}

function print(status: ClusterStatus, options: StatusOptions): void {
  if (options.json === true) printJson(status);
  else printLine(statusScreen(status, paintFor(process.stdout)));
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 100 || value > 3_600_000) throw new InvalidArgumentError('Give 100 to 3600000 ms.');
  return value;
}
