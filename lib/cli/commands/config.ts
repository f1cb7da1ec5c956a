// `heartwire config ...`: a configuration is right before it is used, what it would change is known, and a running cluster
// changes to it everywhere or nowhere.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { packageRoot } from '../../package-root.ts';
import type { ApplyOptions, EditOptions } from '../config-change.ts';
import type { CheckOptions } from '../config-check.ts';
import type { VersionOptions } from '../config-versions.ts';
import { type DaemonOptions, withDaemonOptions, withJson } from '../daemon-options.ts';
import { printJson, printLine } from '../output.ts';

export function configCommand(): Command {
  const check = withJson(
    new Command('check').description('check a configuration, and whether it fits this machine').argument('<file>', 'the configuration'),
  )
    .option('--node <name>', 'which of its nodes this machine is (default: by host name)')
    .action(async (file: string, options: CheckOptions) => (await import('../config-check.ts')).checkConfig(file, options));
  const diff = withStateDirectory(
    new Command('diff')
      .description('show what lies between two configurations: topology, resources, settings')
      .argument(
        '[file]',
        'the configuration; alone, it is compared with what runs (or ran last) on this node; without, the default one of the running daemon is',
      )
      .argument('[newer]', 'the one that <file> would become'),
  ).action(async (file: string | undefined, newer: string | undefined, options: VersionOptions) =>
    (await import('../config-versions.ts')).diffConfig(file, newer, options),
  );
  const history = withStateDirectory(
    new Command('history')
      .description('show which configurations have run on this node')
      .argument('[file]', 'its configuration; without, the running daemon is asked'),
  ).action(async (file: string | undefined, options: VersionOptions) =>
    (await import('../config-versions.ts')).configHistory(file, options),
  );
  const schema = withJson(new Command('schema').description('print the JSON schema of the configuration, for editors')).action(printSchema);
  const example = withJson(new Command('example').description('print a complete example')).action((options: { readonly json?: boolean }) =>
    printExample(options.json === true),
  );
  const config = new Command('config').description('the configuration file');
  for (const command of [check, diff, history, ...changingCommands(), schema, example]) config.addCommand(command);
  return config;
}

/** What changes the configuration of a running cluster. */
function changingCommands(): Command[] {
  const edit = withDaemonOptions(
    new Command('edit')
      .description('give all nodes another default configuration; what runs does not change')
      .argument('[file]', 'the new configuration (default: yours to edit, in $EDITOR)'),
  )
    .option('--base <version>', 'the version that the edit started from (default: the one of now)', wholeNumber)
    .action(async (file: string | undefined, options: EditOptions) =>
      (await import('../config-change.ts')).editConfiguration(file, options),
    );
  const apply = withDaemonOptions(
    new Command('apply').description('change the running cluster to the default configuration, everywhere or nowhere'),
  )
    .option('--yes', 'do not ask')
    .option('--of <version>', 'which version is meant (default: the one of now)', wholeNumber)
    .action(async (options: ApplyOptions) => (await import('../config-change.ts')).applyConfiguration(options));
  const sync = withDaemonOptions(new Command('sync').description('send the default configuration of this node to all nodes')).action(
    async (options: DaemonOptions) => (await import('../config-change.ts')).syncConfiguration(options),
  );
  const abort = withDaemonOptions(new Command('abort').description('end a change that is under way: all is as it was')).action(
    async (options: DaemonOptions) => (await import('../config-change.ts')).abortConfiguration(options),
  );
  return [edit, apply, sync, abort];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give the number of a version, such as 3.');
  return Number(text);
}

function withStateDirectory(command: Command): Command {
  return withDaemonOptions(command).option('--state-directory <path>', 'of this node (default: as the configuration says)');
}

async function printSchema(): Promise<void> {
  const { configJsonSchema } = await import('../../config/json-schema.ts');
  printLine(JSON.stringify(configJsonSchema(), null, 2));
}

function printExample(json: boolean): void {
  const text = readFileSync(join(packageRoot, 'config', 'example.yaml'), 'utf8');
  if (json) printJson({ example: text });
  else process.stdout.write(text);
}
