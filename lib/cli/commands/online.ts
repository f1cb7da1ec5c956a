// `heartwire online`: brings this node back into the cluster.
import { Command } from 'commander';
import { act } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function onlineCommand(): Command {
  return withDaemonOptions(new Command('online').description('bring this node back after `offline`')).action((options: DaemonOptions) =>
    act(
      options,
      (daemon) => daemon.online(),
      (status) => `${status.self.name} is ${status.self.role}.`,
    ),
  );
}
