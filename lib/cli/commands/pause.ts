// `heartwire pause` and `heartwire resume`: for whatever hook knows that this machine will not answer for a while (V1).
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PauseOptions } from '../../api/pause.ts';
import { formatDurationUs, parseDurationUs } from '../../config/duration.ts';
import { PAUSE_MS_MAX } from '../../protocol/inactivity/absence.ts';
import { act } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

interface Words extends DaemonOptions {
  readonly for?: number;
  readonly reason?: string;
  readonly policy?: 'move' | 'keep';
  readonly response?: number;
}

function durationMs(text: string): number {
  const microseconds = parseDurationUs(text);
  if (microseconds === null || microseconds < 1000 || microseconds > PAUSE_MS_MAX * 1000)
    throw new InvalidArgumentError(`Write a duration of 1ms to ${formatDurationUs(PAUSE_MS_MAX * 1000)}, such as 20s.`);
  return microseconds / 1000;
}

/** None is allowed: then nobody waits. */
function responseMs(text: string): number {
  return parseDurationUs(text) === 0 ? 0 : durationMs(text);
}

function optionsOf({ for: forMs, reason, policy, response }: Words): PauseOptions {
  return {
    ...(forMs === undefined ? {} : { forMs }),
    ...(reason === undefined ? {} : { reason }),
    ...(policy === undefined ? {} : { policy }),
    ...(response === undefined ? {} : { responseMs: response }),
  };
}

export function pauseCommand(): Command {
  return withDaemonOptions(new Command('pause').description('say that this machine will not answer for a while; returns when it may stop'))
    .option('--for <duration>', 'how long, such as 20s; needed unless the configuration knows a time for the reason', durationMs)
    .option('--reason <word>', 'migration-out, memory, ... or any word (default: maintenance)')
    .addOption(new Option('--policy <policy>', 'what a manager does before (default: absence.policy)').choices(['move', 'keep']))
    .option('--response <duration>', 'operations that are open wait so long for its vote (default: absence.response_timeout)', responseMs)
    .action((options: Words) =>
      act(
        options,
        (daemon) => daemon.pause(optionsOf(options)),
        (status) => `${status.self.name} may stop; it is expected back.`,
      ),
    );
}

export function resumeCommand(): Command {
  return withDaemonOptions(new Command('resume').description('say that the pause of this machine has ended')).action(
    (options: DaemonOptions) =>
      act(
        options,
        (daemon) => daemon.resume(),
        (status) => `${status.self.name} is back.`,
      ),
  );
}
