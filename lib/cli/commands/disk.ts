// `heartwire disk init`: what two nodes need on a shared disk (X9). Once, on one of them; it overwrites nobody's data unasked.
import { Command, Option } from 'commander';
import { withJson } from '../daemon-options.ts';
import type { DiskInitOptions } from '../disk-init.ts';

export function diskCommand(): Command {
  const init = withJson(
    new Command('init')
      .description('prepare a shared disk as the third vote of two nodes; once, on one of them')
      .argument('<device>', 'the disk; what stands on it is lost'),
  )
    .addOption(new Option('--config <file>', 'the configuration').env('HEARTWIRE_CONFIG').default('/etc/heartwire/heartwire.yaml'))
    .option('--force', 'overwrite what is there; no daemon may use it meanwhile')
    .action(async (device: string, options: DiskInitOptions) => {
      const { initDisk } = await import('../disk-init.ts');
      initDisk(device, options);
    });
  return new Command('disk').description('the shared disk of two nodes').addCommand(init);
}
