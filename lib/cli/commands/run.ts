// `heartwire run`: one node of the cluster, in the foreground, until it is told to end.
import { Command, Option } from 'commander';
import { withJson } from '../daemon-options.ts';
import type { Join, RunOptions } from '../run-node.ts';

/** @param join tests give a node without a network; default: Cluster.join */
export function runCommand(join?: Join): Command {
  return withJson(new Command('run').description('run this node in the foreground; the log is JSON on standard output'))
    .addOption(new Option('--config <file>', 'the configuration').env('HEARTWIRE_CONFIG').default('/etc/heartwire/heartwire.yaml'))
    .option('--node <name>', 'which of its nodes this is (default: by host name)')
    .option('--socket <path>', 'control socket, instead of control.socket')
    .option('--state-directory <folder>', 'instead of state_directory')
    .addOption(new Option('--log-level <level>', 'least level that is logged').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .action(async (options: RunOptions) => {
      const { runNode } = await import('../run-node.ts');
      process.exitCode = await runNode(options, join);
    });
}
