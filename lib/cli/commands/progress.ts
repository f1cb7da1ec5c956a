// `heartwire progress`: how far each peer protocol has got, as one member knows it (Q1-Q3). Any member's answer names the
// one that all wait for, and a member whose event loop is blocked answers, too.
import { Command } from 'commander';
import { openingText } from '../../api/why.ts';
import type { MemberProgress, Progress, ProtocolProgress } from '../../protocol/rounds/progress.ts';
import type { ProgressReport } from '../../runtime/types.ts';
import { askDaemon, type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';
import { paintFor, printJson, printLine, type Paint } from '../output.ts';
import { table } from '../table.ts';
import { duration } from './why.ts';

export function progressCommand(): Command {
  return withDaemonOptions(new Command('progress').description('show how far each peer protocol has got, as a member knows it'))
    .option('--node <node>', 'name or id of the member that is asked (default: this one)')
    .action(async (options: DaemonOptions & { readonly node?: string }) => {
      const report = await askDaemon(options, (daemon) => daemon.progress(options.node === undefined ? {} : { node: options.node }));
      if (options.json === true) printJson(report);
      else printLine(progressScreen(report, paintFor(process.stdout)));
    });
}

export function progressScreen({ node, ageMs, isLate, progress }: ProgressReport, paint: Paint): string {
  if (progress === null) return `Node ${node} has published nothing yet.`;
  const late = isLate ? paint('yellow', `; its event loop does not turn, this is ${duration(ageMs)} old`) : '';
  const head = `node ${node}, ${progress.role}${late}`;
  const running = progress.protocols.map((protocol) => protocolText(protocol, progress, paint));
  const wishes = progress.notOpened.map(({ kind, sinceMs, nodes }) => ({ what: openingText(kind), sinceMs, nodes }));
  const waits = [...wishes, ...progress.waiting].map(({ what, sinceMs, nodes }) => {
    const whom = nodes.length === 0 ? '' : `: ${nodes.map((each) => `node ${each}`).join(', ')}`;
    return `waits for ${what} (for ${duration(progress.atMs - sinceMs)})${whom}`;
  });
  const last = progress.lastAcks.map((ack) => [
    `node ${ack.node}`,
    `${ack.kind} ${ack.protocol}`,
    `round ${ack.round + 1}`,
    ack.ok ? 'ok' : 'refused',
    `${duration(progress.atMs - ack.atMs)} before`,
  ]);
  const parts = [head, ...(running.length + wishes.length === 0 ? ['No peer protocol runs.'] : running), ...waits];
  if (last.length > 0) parts.push('last ACK rounds received:', table(['from', 'protocol', 'round', 'answer', 'received'], last, paint));
  return parts.join('\n');
}

function protocolText(protocol: ProtocolProgress, { atMs }: Progress, paint: Paint): string {
  const { kind, protocol: name, proposedBy, rounds, round, roundName, sinceMs, roundSinceMs, waitsFor, members, leftOut } = protocol;
  const since = `round ${round + 1} of ${rounds.length} (${roundName}) for ${duration(atMs - roundSinceMs)}`;
  const head = `${kind} ${name}, proposed by node ${proposedBy}, ${duration(atMs - sinceMs)} ago: ${since}; waits for ${waitsFor}`;
  const rows = members.map((member) => {
    const { node, acknowledged, refused, lastAckMs, awaited } = member;
    return [
      `node ${node}`,
      refused === null ? `${acknowledged} acknowledged` : paint('red', `refused: ${refused}`),
      lastAckMs === null ? 'never' : `${duration(atMs - lastAckMs)} before`,
      awaited ? paint('yellow', `awaited${troubleOf(member, atMs)}`) : '',
    ];
  });
  const out = leftOut.length === 0 ? [] : [`  left out: node ${leftOut.join(', ')}`];
  return [head, table(['member', 'rounds', 'last ACK', ''], rows, paint), ...out].join('\n');
}

/** What keeps the answer of an awaited member from coming, as far as the one that was asked can tell. */
function troubleOf({ alive, stalled, silentLinks }: MemberProgress, atMs: number): string {
  if (alive === false) return '; not heard';
  const links = silentLinks.map(({ link, sinceMs }) => `; silent on link ${link} for ${duration(atMs - sinceMs)}`);
  return `${stalled ? '; its event loop does not turn' : ''}${links.join('')}`;
}
