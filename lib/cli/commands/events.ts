// `heartwire events`: what has happened, and with --follow what happens.
import { Command, InvalidArgumentError } from 'commander';
import type { HeartwireEvent } from '../../api/event.ts';
import type { QueuedScript, ScriptQueueStatus } from '../../api/scripts.ts';
import type { ClusterStatus } from '../../api/status.ts';
import { type DaemonOptions, withDaemon, withDaemonOptions } from '../daemon-options.ts';
import { eventLine } from '../event-line.ts';
import { interruption } from '../interruption.ts';
import { paintFor, printJson, printLine } from '../output.ts';

interface EventsOptions extends DaemonOptions {
  readonly follow?: boolean;
  readonly recent: number;
  readonly queue?: boolean;
}

export function eventsCommand(): Command {
  return withDaemonOptions(new Command('events').description('show the latest events of this node'))
    .option('--follow', 'go on showing what happens, until interrupted')
    .option('--recent <count>', 'how many past ones to show first (0 to 1000)', count, 1000)
    .option('--queue', 'the scripts that run on events: what runs, and what waits')
    .action((options: EventsOptions) =>
      withDaemon(options, async (daemon) => {
        if (options.queue === true) return printQueue(await daemon.scripts(), options);
        const names = namesOf(await daemon.status());
        if (options.follow !== true) for (const event of await daemon.recentEvents(options.recent)) print(event, names, options);
        else
          for await (const event of await daemon.events({ recent: options.recent, signal: interruption() })) print(event, names, options);
      }),
    );
}

function print(event: HeartwireEvent, names: ReadonlyMap<number, string>, options: EventsOptions): void {
  if (options.json === true) printJson(event);
  else printLine(eventLine(event, (node) => names.get(node) ?? null, paintFor(process.stdout)));
}

function printQueue(queue: ScriptQueueStatus, options: EventsOptions): void {
  if (options.json === true) return printJson(queue);
  const { suspended, running, waiting, ended, failed, overflowed } = queue;
  const line = ({ time, event, script }: QueuedScript): string => `${time} ${event} ${script}`;
  printLine(`${ended} ended, ${failed} of them failed; ${overflowed} left out, since too many waited${suspended ? '; suspended' : ''}`);
  if (running !== null) printLine(`runs   ${line(running)}`);
  for (const each of waiting) printLine(`waits  ${line(each)}`);
}

function namesOf(status: ClusterStatus): Map<number, string> {
  return new Map(status.nodes.map((node) => [node.node, node.name]));
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 1000) throw new InvalidArgumentError('Give 0 to 1000.');
  return value;
}
