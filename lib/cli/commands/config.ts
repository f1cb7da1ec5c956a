// `heartwire config check|diff|history|schema|example`: a configuration is right before it is used, and what it would
// change is known.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../../package-root.ts';
import type { CheckOptions } from '../config-check.ts';
import type { VersionOptions } from '../config-versions.ts';
import { withJson } from '../daemon-options.ts';
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
      .argument('<file>', 'the configuration; alone, it is compared with what runs (or ran last) on this node')
      .argument('[newer]', 'the one that <file> would become'),
  ).action(async (file: string, newer: string | undefined, options: VersionOptions) =>
    (await import('../config-versions.ts')).diffConfig(file, newer, options),
  );
  const history = withStateDirectory(
    new Command('history').description('show which configurations have run on this node').argument('<file>', 'its configuration'),
  ).action(async (file: string, options: VersionOptions) => (await import('../config-versions.ts')).configHistory(file, options));
  const schema = withJson(new Command('schema').description('print the JSON schema of the configuration, for editors')).action(printSchema);
  const example = withJson(new Command('example').description('print a complete example')).action((options: { readonly json?: boolean }) =>
    printExample(options.json === true),
  );
  const config = new Command('config').description('the configuration file');
  for (const command of [check, diff, history, schema, example]) config.addCommand(command);
  return config;
}

function withStateDirectory(command: Command): Command {
  return withJson(command).option('--state-directory <path>', 'of this node (default: as the configuration says)');
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
