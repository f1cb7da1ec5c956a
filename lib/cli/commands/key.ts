// `heartwire key generate`: the secret that all nodes of a cluster share. It goes to a file or a pipe; to a
// terminal, with its scroll-back and its onlookers, only when asked.
import { Command, InvalidArgumentError } from 'commander';
import { appendKey, createKeyFile, generateKeyLine } from '../../config/key-generate.ts';
import { HeartwireError } from '../../errors.ts';
import { withJson } from '../daemon-options.ts';
import { printJson, printLine } from '../output.ts';

interface GenerateOptions {
  readonly id?: number;
  readonly append?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
}

export function keyCommand(): Command {
  const generate = withJson(
    new Command('generate')
      .description('make a key; copy the file to every node')
      .argument('[file]', 'the new key file (mode 0600); left out: standard output'),
  )
    .option('--id <number>', '1 to 255 (default: 1, or the lowest free one)', keyId)
    .option('--append', 'add it to the file as a further key: accepted at once, sent with when its line is first')
    .option('--print', 'allow standard output to be a terminal')
    .action((file: string | undefined, options: GenerateOptions) => generateKey(file, options));
  return new Command('key').description('keys of the cluster').addCommand(generate);
}

function generateKey(file: string | undefined, options: GenerateOptions): void {
  if (file === undefined) {
    if (options.append === true) throw HeartwireError.of('HW_USAGE', { reason: '--append needs the file to add to.' });
    if (process.stdout.isTTY && options.print !== true) {
      throw HeartwireError.of('HW_USAGE', { reason: 'A key is not printed to a terminal unasked. Name a file, or give --print.' });
    }
    const line = generateKeyLine(options.id ?? 1).trim();
    const [id, key] = line.split(' ');
    if (options.json === true) printJson({ id: Number(id), key });
    else printLine(line);
    return;
  }
  const id = write(file, options);
  if (options.json === true) printJson({ file, id, mode: '0600' });
  else
    printLine(
      `Key ${id} is in ${file} (mode 0600). Copy the file to every node of the cluster${options.append === true ? ', then send each daemon SIGHUP.' : '.'}`,
    );
}

function write(file: string, options: GenerateOptions): number {
  if (options.append === true) return appendKey(file, options.id ?? null);
  createKeyFile(file, options.id ?? 1);
  return options.id ?? 1;
}

function keyId(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 255) throw new InvalidArgumentError('Give 1 to 255.');
  return value;
}
