// `heartwire move`: a planned move of the manager's role and its addresses.
import { Command } from 'commander';
import { act, labelOf } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function moveCommand(): Command {
  return withDaemonOptions(new Command('move').description('move the role of manager and its addresses to another node'))
    .option('--to <node>', 'name or id (default: the standby)')
    .action((options: DaemonOptions & { readonly to?: string }) =>
      act(
        options,
        (daemon) => daemon.move(options.to === undefined ? {} : { to: options.to }),
        (status) => `The manager is ${labelOf(status, status.manager)}.`,
      ),
    );
}
