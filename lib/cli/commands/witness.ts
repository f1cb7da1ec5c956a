// `heartwire witness`: the third vote of two nodes (X9), on a small machine of its own. It is a node that votes and never
// manages; its name is in the configuration, so that the same file serves all three machines.
import { Command, Option } from 'commander';
import { withJson } from '../daemon-options.ts';
import type { Join, RunOptions } from '../run-node.ts';

/** @param join tests give a node without a network; default: Cluster.join */
export function witnessCommand(join?: Join): Command {
  return withJson(new Command('witness').description('run the witness of two nodes in the foreground; the log is JSON on standard output'))
    .addOption(new Option('--config <file>', 'the configuration').env('HEARTWIRE_CONFIG').default('/etc/heartwire/heartwire.yaml'))
    .option('--socket <path>', 'control socket, instead of control.socket')
    .option('--state-directory <folder>', 'instead of state_directory')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .action(async (options: Omit<RunOptions, 'node'>) => {
      const { witnessName } = await import('../witness-name.ts');
      const { runNode } = await import('../run-node.ts');
      process.exitCode = await runNode({ ...options, node: witnessName(options.config) }, join);
    });
}
