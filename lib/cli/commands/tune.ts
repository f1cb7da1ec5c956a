// `heartwire tune`: watches the running daemon for a while and proposes timings; with --apply the cluster takes them (X10).
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { formatDurationUs, parseDurationUs } from '../../config/duration.ts';
import { EXIT } from '../../errors.ts';
import { parametersOf } from '../../tune/apply.ts';
import { tune, type Proposal, type Tuning } from '../../tune/propose.ts';
import { type DaemonOptions, withDaemon, withDaemonOptions } from '../daemon-options.ts';
import { interruption } from '../interruption.ts';
import { paintFor, printJson, printLine, type Paint } from '../output.ts';
import { table } from '../table.ts';

interface TuneOptions extends DaemonOptions {
  readonly for: number;
  readonly mistakes: number;
  readonly apply?: boolean;
}

const HOURS = { hour: 1, day: 24, month: 730, year: 8766 } as const;
const SECOND_US = 1_000_000;
const SHOWN = 5;

export function tuneCommand(): Command {
  return withDaemonOptions(
    new Command('tune').description('measure delays and propose interval and time-out; exit code 1 when the present ones are too tight'),
  )
    .option('--for <time>', 'how long to measure, such as 60s', duration, 60 * SECOND_US)
    .option(
      '--mistakes <count/time>',
      'how many living nodes may be taken for dead: COUNT/hour, /day, /month or /year',
      rate,
      rate('1/month'),
    )
    .option('--apply', 'have the whole cluster take what is proposed, while it runs')
    .action(async (options: TuneOptions) => {
      const quiet = options.json === true;
      await withDaemon(options, async (daemon) => {
        const before = await daemon.timings();
        await wait(options.for / 1000, quiet);
        const tuning = tune(before, await daemon.timings(), options.mistakes);
        if (!quiet) printLine(screen(tuning, paintFor(process.stdout)));
        const wanted = options.apply === true ? parametersOf(tuning) : null;
        const applied = wanted === null ? null : (await daemon.parameters.set(wanted)).version;
        if (quiet) printJson(options.apply === true ? { ...tuning, applied } : tuning);
        else if (applied !== null) printLine(`Applied on all members: parameters ${applied}.`);
        const isEnough = applied !== null || tuning.current.mistakesPerHour <= options.mistakes;
        process.exitCode = isEnough ? EXIT.ok : EXIT.degraded;
      });
    });
}

/** Shows on a terminal how long it still takes. Interrupted, it looks at what there is. */
async function wait(ms: number, quiet: boolean): Promise<void> {
  const signal = interruption();
  const endMs = performance.now() + ms;
  const shown = !quiet && process.stderr.isTTY;
  while (performance.now() < endMs && !signal.aborted) {
    if (shown) process.stderr.write(`\rmeasuring, ${Math.ceil((endMs - performance.now()) / 1000)} s more ...  `);
    await pause(Math.min(1000, endMs - performance.now()), undefined, { signal }).catch(() => undefined);
  }
  if (shown) process.stderr.write('\r\u001b[K');
}

function screen(tuning: Tuning, paint: Paint): string {
  const micro = (us: number): string => (us >= 1000 ? `${(us / 1000).toFixed(us >= 100_000 ? 0 : 1)} ms` : `${us.toFixed(0)} us`);
  const { silenceUs, latenessUs, current, recommended } = tuning;
  const lines = [
    `measured   ${tuning.observedSeconds.toFixed(0)} s, ${tuning.peers} peers, ${tuning.silences} signs of life`,
    `silence    median ${micro(silenceUs.p50)}, 99.9 % below ${micro(silenceUs.p999)}, longest ${micro(silenceUs.max)}`,
    `wake-ups   late by ${micro(latenessUs.p50)} (median), ${micro(latenessUs.p99)} (99 %), ${micro(latenessUs.max)} (most)`,
    `network    round trip ${micro(tuning.roundTripUs)}, ${(100 * tuning.lossShare).toFixed(2)} % lost`,
    `wanted     at most ${often(tuning.wantedMistakesPerHour)}`,
    '',
    table(['', 'interval', 'time-out', 'mistakes expected'], rows(tuning), paint),
  ];
  if (tuning.silences === 0) lines.push('', 'No peer was heard: nothing can be said.');
  else if (recommended === null)
    lines.push('', 'No timing makes so few mistakes here: the longest silence decides. Measure for longer, or on quieter machines.');
  else
    lines.push(
      '',
      `Propose: interval ${formatDurationUs(recommended.intervalUs)}, timeout ${formatDurationUs(recommended.timeoutUs)} (heartbeat in the configuration).`,
    );
  if (current.mistakesPerHour > tuning.wantedMistakesPerHour) lines.push(paint('yellow', 'The present timing is too tight for that.'));
  lines.push(
    paint(
      'dim',
      'Beyond the longest silence that was seen the rates are extrapolated; measure under the load that you expect, the longer the better.',
    ),
  );
  return lines.join('\n');
}

function rows({ current, proposals }: Tuning): string[][] {
  const row = (word: string, { intervalUs, timeoutUs, mistakesPerHour }: Proposal): string[] => [
    word,
    formatDurationUs(intervalUs),
    formatDurationUs(timeoutUs),
    often(mistakesPerHour),
  ];
  return [row('now', current), ...proposals.slice(0, SHOWN).map((proposal, index) => row(index === 0 ? 'proposed' : 'or', proposal))];
}

/** "3 an hour", "0.2 a month". */
function often(perHour: number): string {
  if (Number.isNaN(perHour)) return 'unknown';
  const [word, hours] = Object.entries(HOURS).find(([, hoursOf]) => perHour * hoursOf >= 1) ?? ['year', HOURS.year];
  const count = perHour * hours;
  return count < 0.001
    ? 'less than 0.001 a year'
    : `${count.toPrecision(count < 10 ? 2 : 3).replace(/\.0+$/, '')} ${word === 'hour' ? 'an' : 'a'} ${word}`;
}

function duration(text: string): number {
  const us = parseDurationUs(text);
  if (us === null || us < SECOND_US || us > 86_400 * SECOND_US) throw new InvalidArgumentError('Give 1s to 86400s.');
  return us;
}

function rate(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\/(hour|day|month|year)$/.exec(text) ?? [];
  const perHour = Number(count) / (HOURS[unit as keyof typeof HOURS] ?? Number.NaN);
  if (!(perHour > 0)) throw new InvalidArgumentError('Give a count per time, such as 1/month or 2/year.');
  return perHour;
}
