// `heartwire network NAME`: management traffic, and addresses that follow it, go over another network.
import { Command } from 'commander';
import { act } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function networkCommand(): Command {
  return withDaemonOptions(
    new Command('network').description('make another network the active one').argument('<name>', 'name in the configuration'),
  ).action((name: string, options: DaemonOptions) =>
    act(
      options,
      (daemon) => daemon.changeActiveNetwork(name),
      (status) => `The active network is ${status.activeNetwork}.`,
    ),
  );
}
