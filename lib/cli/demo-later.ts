// `heartwire demo` lives in commands/demo.ts, with namespaces, bridges and faults that no other command
// needs; it is loaded only when it is called.
import { Command } from 'commander';

export function demoLater(): Command {
  return new Command('demo')
    .description('three nodes in network namespaces on this machine, a failure, and what it cost')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options: object, command: Command) => {
      const { demoCommand } = await import('./commands/demo.ts');
      await demoCommand().parseAsync(command.args, { from: 'user' });
    });
}
