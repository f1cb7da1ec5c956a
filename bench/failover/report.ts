// The report of a failover run, for people: what may not be missed first, then every fault, then the settings, so that
// nobody has to guess what was compared with what.
import { figure, markdownTable } from '../support/figures.ts';
import type { BenchFault } from './fault.ts';
import { type Part, partLine } from '../support/parts.ts';
import { type Row, totalsOf } from './rows.ts';
import type { System } from './system.ts';

export interface Report {
  readonly command: string;
  readonly parts: readonly Part[];
  readonly systems: readonly System[];
  readonly faults: readonly BenchFault[];
  readonly rows: readonly Row[];
}

const READING = `A client asks the address every 100 us. *Gap*: from its last answer of the old owner to its first of the new one. *Taken*: from the
fault to the new owner's first answer. *Old answered*: runs in which the old owner gave anybody an answer after that, be it a client that still had
its hardware address (it is asked every 200 us, also after the fault has ended), and for how long at most. *Queued*: the longest time that answers of
the old owner arrived after it, which had been given before. *Orphans*: nodes that hold the address at the end, do not own it, and answer; *left
silent*: those that hold it so and answer nobody, since their kernel guard keeps it silent. *False*: moves without a fault. Times in ms.`;

export function markdown(report: Report): string {
  const totals = totalsOf(report.rows).map((total) => [
    total.system,
    total.faults,
    total.failed,
    total.oldAnswered,
    total.orphans,
    total.leftSilent,
    total.falseTakeovers,
  ]);
  return [
    '# Failover: faults x systems',
    '',
    `\`${report.command}\``,
    '',
    READING,
    '',
    '## Over all faults',
    '',
    markdownTable(['system', 'runs', 'failed', 'old answered', 'orphans', 'left silent', 'false'], totals),
    '',
    '## Each fault',
    '',
    markdownTable(
      [
        'fault',
        'system',
        'runs',
        'failed',
        'gap: median',
        'p99',
        'max',
        'taken: median',
        'p99',
        'max',
        'old answered',
        'queued',
        'orphans',
        'left silent',
        'false',
      ],
      report.rows.flatMap((row) => (row.unfit === null ? [cells(row)] : [])),
    ),
    '',
    'The systems of a part took turns.',
    '',
    ...report.parts.map((part) => `- ${part.runs} runs: ${partLine(part)}`),
    '',
    ...report.faults.map((fault) => `- ${fault.name}: ${fault.detail}`),
    '',
    ...report.systems.map(
      (system) => `- ${system.name}: ${system.missing === null ? system.detail : `left out, not installed (${system.missing})`}`,
    ),
    '',
    ...report.rows.flatMap((row) => (row.unfit === null ? [] : [`- not for ${row.system}: ${row.fault} (${row.unfit})`])),
    '',
  ].join('\n');
}

function cells(row: Row): (string | number)[] {
  const old = row.oldAnswered === 0 ? '0' : `${row.oldAnswered} (${figure(row.oldAnswersMsMax)} ms)`;
  const spreads = [row.gapMs, row.takenMs].flatMap((spread) => [spread?.median, spread?.p99, spread?.max].map(figure));
  return [
    row.fault,
    row.system,
    row.runs,
    row.failed,
    ...spreads,
    old,
    figure(row.queuedMsMax),
    row.orphans,
    row.leftSilent,
    row.falseTakeovers,
  ];
}
