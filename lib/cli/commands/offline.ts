// `heartwire offline`: takes this node out of the cluster for upgrade and maintenance.
import { Command } from 'commander';
import { act } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function offlineCommand(): Command {
  return withDaemonOptions(
    new Command('offline').description('take this node out of the cluster for maintenance; a manager hands over first'),
  ).action((options: DaemonOptions) =>
    act(
      options,
      (daemon) => daemon.offline(),
      (status) => `${status.self.name} is ${status.self.role}.`,
    ),
  );
}
