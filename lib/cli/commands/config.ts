// `heartwire config check|schema|example`: a configuration is right before it is used.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { packageRoot } from '../../package-root.ts';
import type { CheckOptions } from '../config-check.ts';
import { withJson } from '../daemon-options.ts';
import { printJson, printLine } from '../output.ts';

export function configCommand(): Command {
  const check = withJson(
    new Command('check').description('check a configuration, and whether it fits this machine').argument('<file>', 'the configuration'),
  )
    .option('--node <name>', 'which of its nodes this machine is (default: by host name)')
    .action(async (file: string, options: CheckOptions) => (await import('../config-check.ts')).checkConfig(file, options));
  const schema = withJson(new Command('schema').description('print the JSON schema of the configuration, for editors')).action(printSchema);
  const example = withJson(new Command('example').description('print a complete example')).action((options: { readonly json?: boolean }) =>
    printExample(options.json === true),
  );
  return new Command('config').description('the configuration file').addCommand(check).addCommand(schema).addCommand(example);
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
