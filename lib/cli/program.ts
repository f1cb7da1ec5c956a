// All commands, one file each. A wrong word on the command line ends with the same exit code and shape as
// any other error.
import { Command, CommanderError } from 'commander';
import { EXIT, HeartwireError } from '../errors.ts';
import { version } from '../package-root.ts';
import { addressCommand } from './commands/address.ts';
import { configCommand } from './commands/config.ts';
import { eventsCommand } from './commands/events.ts';
import { keyCommand } from './commands/key.ts';
import { moveCommand } from './commands/move.ts';
import { networkCommand } from './commands/network.ts';
import { offlineCommand } from './commands/offline.ts';
import { pauseCommand, resumeCommand } from './commands/pause.ts';
import { onlineCommand } from './commands/online.ts';
import { parametersCommand } from './commands/parameters.ts';
import { runCommand } from './commands/run.ts';
import { standbyCommand } from './commands/standby.ts';
import { statusCommand } from './commands/status.ts';
import { tuneCommand } from './commands/tune.ts';
import { publishCommand } from './commands/publish.ts';
import { progressCommand } from './commands/progress.ts';
import { whyCommand } from './commands/why.ts';
import { witnessCommand } from './commands/witness.ts';
import { diskCommand } from './commands/disk.ts';
import { demoLater } from './demo-later.ts';
import { reportError } from './output.ts';

export function buildProgram(): Command {
  const program = new Command('heartwire')
    .description('Keeps virtual addresses alive on a cluster of nodes.')
    .version(version)
    .showHelpAfterError(false);
  const commands = [
    runCommand(),
    witnessCommand(),
    statusCommand(),
    whyCommand(),
    progressCommand(),
    eventsCommand(),
    publishCommand(),
    tuneCommand(),
    parametersCommand(),
    moveCommand(),
    offlineCommand(),
    pauseCommand(),
    resumeCommand(),
    onlineCommand(),
    standbyCommand(),
    networkCommand(),
    addressCommand(),
    configCommand(),
    keyCommand(),
    diskCommand(),
    demoLater(),
  ];
  for (const command of commands) program.addCommand(command);
  program.addHelpText(
    'after',
    '\nExit codes: 0 fine, 1 degraded, 2 wrong usage or configuration, 3 no daemon, 4 not permitted,\n5 refused by the cluster, 6 the machine fails, 70 an error of Heartwire. More in docs/cli.md.',
  );
  for (const command of allCommands(program)) command.exitOverride().configureOutput({ outputError: () => {} });
  return program;
}

/** @returns the exit code */
export async function runProgram(words: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...words], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, words.includes('--json'));
    if (error.exitCode === 0) return EXIT.ok;
    // Commander shows the help itself when a group such as `config` is called without a command.
    if (error.code === 'commander.help') return EXIT.usage;
    const reason = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
    return reportError(
      HeartwireError.of('HW_USAGE', { reason: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.` }),
      words.includes('--json'),
    );
  }
}

/** For the tests that hold docs/cli.md against the program. */
export function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => allCommands(child))];
}
