// `heartwire standby NODE`: names the backup manager (002's SetStandbyManager).
import { Command } from 'commander';
import { act, labelOf } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function standbyCommand(): Command {
  return withDaemonOptions(new Command('standby').description('make a client the standby').argument('<node>', 'name or id')).action(
    (node: string, options: DaemonOptions) =>
      act(
        options,
        (daemon) => daemon.setStandby(node),
        (status) => `The standby is ${labelOf(status, status.standby)}.`,
      ),
  );
}
