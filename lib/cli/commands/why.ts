// `heartwire why`: what this node waits for, from whom, since when, over which links (X5).
import { Command } from 'commander';
import { type Awaited, type Reason, whyOf } from '../../api/why.ts';
import { askDaemon, type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';
import { paintFor, printJson, printLine, type Paint } from '../output.ts';

export function whyCommand(): Command {
  return withDaemonOptions(
    new Command('why').description('tell what this node waits for, from whom, since when and over which links'),
  ).action(async (options: DaemonOptions) => {
    const reasons = await askDaemon(options, async (daemon) => {
      const [status, { progress }] = await Promise.all([daemon.status(), daemon.progress()]);
      return whyOf(status, progress);
    });
    if (options.json === true) return printJson({ reasons });
    printLine(whyScreen(reasons, paintFor(process.stdout)));
  });
}

export function whyScreen(reasons: readonly Reason[], paint: Paint): string {
  return reasons.length === 0 ? 'This node waits for nothing.' : reasons.map((reason) => text(reason, paint)).join('\n');
}

function text({ what, since, awaited }: Reason, paint: Paint): string {
  const head = `${what} ${paint('dim', `(for ${duration(since)})`)}`;
  return [head, ...awaited.map((each) => `  ${nodeText(each, paint)}`)].join('\n');
}

function nodeText({ name, stalled, links }: Awaited, paint: Paint): string {
  const paths = links.map(({ name: link, up, roundTripUs }) =>
    up ? `${link} up${roundTripUs === null ? '' : `, ${roundTripUs.toFixed(0)} us`}` : paint('red', `${link} silent`),
  );
  const late = stalled ? paint('yellow', ' its event loop does not turn;') : '';
  return `awaited: ${name};${late} ${paths.length === 0 ? 'no path is known' : paths.join('; ')}`;
}

export function duration(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
