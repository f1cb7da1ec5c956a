// `heartwire move`: a planned move of the manager's role and its addresses, or of a resource group.
import { Command } from 'commander';
import { act, labelOf } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

type MoveOptions = DaemonOptions & { readonly to?: string };

export function moveCommand(): Command {
  return withDaemonOptions(
    new Command('move').description('move the role of manager and its addresses, or a resource group, to another node'),
  )
    .argument('[group]', 'a resource group; left out: the role of manager')
    .argument('[node]', 'name or id; the same as --to')
    .option('--to <node>', 'name or id (default: the standby; of a group: its owner, or who comes next in its list)')
    .action((group: string | undefined, node: string | undefined, options: MoveOptions) => {
      const to = node ?? options.to;
      const target = to === undefined ? {} : { to };
      return group === undefined ? moveManager(target, options) : moveGroup(group, target, options);
    });
}

type Target = { readonly to?: string };

function moveManager(target: Target, options: MoveOptions): Promise<void> {
  return act(
    options,
    (daemon) => daemon.move(target),
    (status) => `The manager is ${labelOf(status, status.manager)}.`,
  );
}

function moveGroup(group: string, target: Target, options: MoveOptions): Promise<void> {
  return act(
    options,
    (daemon) => daemon.moveGroup(group, target),
    (status) => `${group} is held by ${labelOf(status, status.resources.find((each) => each.group === group)?.holder ?? null)}.`,
  );
}
