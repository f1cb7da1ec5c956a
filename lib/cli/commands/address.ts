// `heartwire address add|delete`: virtual addresses of the running cluster (C13).
import { Command } from 'commander';
import type { ClusterStatus } from '../../api/status.ts';
import { act } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function addressCommand(): Command {
  const add = withDaemonOptions(
    new Command('add').description('add a virtual address that moves with the manager').argument('<address>', 'such as 10.77.0.101/24'),
  )
    .option('--network <name>', 'the network it lives on', 'active')
    .action((address: string, options: DaemonOptions & { readonly network: string }) =>
      act(options, (daemon) => daemon.addVirtualAddress(address, options.network), listed),
    );
  const remove = withDaemonOptions(
    new Command('delete').description('delete a virtual address').argument('<address>', 'as it was added'),
  ).action((address: string, options: DaemonOptions) => act(options, (daemon) => daemon.deleteVirtualAddress(address), listed));
  return new Command('address').description('virtual addresses').addCommand(add).addCommand(remove);
}

function listed(status: ClusterStatus): string {
  return `Virtual addresses: ${status.addresses.map((entry) => entry.address).join(', ') || 'none'}.`;
}
