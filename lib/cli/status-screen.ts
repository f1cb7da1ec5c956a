// The status as a person reads it: who leads, who may follow, what is heard, who holds the addresses, and
// last, where the eye stays, what is wrong. Pure: from a status to text.
import { type ClusterStatus, nodeLabel } from '../api/status.ts';
import { formatDurationUs } from '../config/duration.ts';
import type { DiskStatus, LinkStatus, NodeStatus, PeerPathStatus, WitnessStatus } from '../runtime/types.ts';
import { type Paint, plain, type Style } from './output.ts';
import { table } from './table.ts';

/** Less is what a busy interface always has. */
const EGRESS_SHOWN_MS = 1;

export function statusScreen(status: ClusterStatus, paint: Paint = plain): string {
  return [
    heading(status, paint),
    section('Nodes', nodeTable(status, paint), paint),
    section(`Links of ${status.self.name}`, linkTable(status, paint), paint),
    section('Addresses', addressTable(status.addresses, status, paint), paint),
    ...(status.resources.length === 0 ? [] : [section('Resource groups', groupTable(status, paint), paint)]),
    verdict(status, paint),
  ].join('\n\n');
}

function heading(status: ClusterStatus, paint: Paint): string {
  const label = (node: number | null): string => (node === null ? paint('yellow', 'none') : paint('bold', nodeLabel(status, node)));
  const lines: [string, string][] = [
    ['cluster', paint('bold', status.cluster)],
    ['manager', `${label(status.manager)}${status.epoch === null ? '' : `, epoch ${status.epoch}`}`],
    ['standby', label(status.standby)],
    ['quorum', quorumText(status, paint)],
    ...(status.quorum.witness === null ? [] : [['witness', witnessText(status, status.quorum.witness, paint)] as [string, string]]),
    ...(status.quorum.disk === null ? [] : [['disk', diskText(status, status.quorum.disk, paint)] as [string, string]]),
    [
      'networks',
      status.standbyNetwork === null
        ? `${status.activeNetwork} active`
        : `${status.activeNetwork} active, ${status.standbyNetwork} stands by`,
    ],
    ['this node', `${status.self.name} (id ${status.self.node}), ${status.self.role}${silenceText(status)}`],
    ['beats', schedulingText(status)],
    ['guard', guardText(status)],
    ...status.waiting.map(({ what, nodes, sinceMs }): [string, string] => [
      'waits for',
      `${what} (${nodes.map((node) => nodeLabel(status, node)).join(', ')}), for ${formatDurationUs(Math.max(0, Math.round(status.nowMs - sinceMs)) * 1000)}`,
    ]),
    ...(status.authentication === 'required' ? [] : [['wire', paint('yellow', 'not authenticated')] as [string, string]]),
  ];
  return lines.map(([word, text]) => `${paint('dim', word.padEnd(11))}${text}`).join('\n');
}

function silenceText({ quorum: { silentUntilMs }, nowMs }: ClusterStatus): string {
  return silentUntilMs === null ? '' : `, votes: silent for ${formatDurationUs(Math.round(silentUntilMs - nowMs) * 1000)} after its start`;
}

function guardText({ guard }: ClusterStatus): string {
  const apart = guard.guardian.ownGroup ? ' in a control group of its own' : '';
  const guardian = guard.guardian.running ? `a guardian stands by${apart}` : `no guardian${because(guard.guardian.reason)}`;
  const kernel =
    guard.enforcement === 'tcx' || guard.enforcement === 'clsact'
      ? `the kernel enforces the lease (${guard.enforcement}; not on AF_XDP, DPDK, SR-IOV or offloaded traffic)`
      : `the kernel does not enforce the lease${because(guard.reason)}`;
  return [kernel, guardian, ...guard.uncovered.map((interfaceAndWhy) => `not on ${interfaceAndWhy}`)].join('; ');
}

function quorumText({ quorum }: ClusterStatus, paint: Paint): string {
  const heard = `${quorum.present} of ${quorum.voters.length} voters heard`;
  if (quorum.policy === 'none') return `none: a split may have two owners; ${heard}`;
  const needed = quorum.policy === 'disk' ? 'both, or one with the disk, must agree' : `${quorum.needed} must agree`;
  const verdictText = quorum.quorate === false ? paint('red', 'no majority') : needed;
  const succession = quorum.ordersInstalled === null ? '' : quorum.ordersInstalled ? ', succession agreed' : ', succession not yet agreed';
  return `${heard}, ${verdictText}${succession}`;
}

function diskText(status: ClusterStatus, { device, error, worstIoMs, askedMs, holds }: DiskStatus, paint: Paint): string {
  const state = error === null ? 'ready' : paint('red', error);
  return `${device}, ${state}, slowest I/O ${worstIoMs.toFixed(1)} ms${agoText(status, askedMs)}${holds ? ', holds for this node' : ''}`;
}

function agoText(status: ClusterStatus, askedMs: number | null): string {
  return askedMs === null ? '' : `, last needed ${formatDurationUs(Math.max(0, Math.round(status.nowMs - askedMs)) * 1000)} ago`;
}

function witnessText(status: ClusterStatus, { node, heard, askedMs, holds }: WitnessStatus, paint: Paint): string {
  const promise = holds === null ? '' : `, holds for ${nodeLabel(status, holds)}`;
  const hearing = node === status.self.node ? 'this node' : heard ? 'heard' : paint('red', 'not heard');
  return `${nodeLabel(status, node)}, ${hearing}${agoText(status, askedMs)}${promise}`;
}

function schedulingText({ scheduling }: ClusterStatus): string {
  const real = scheduling.policy === 'fifo' || scheduling.policy === 'round-robin';
  const policy = real
    ? `${scheduling.policy} ${scheduling.priority}`
    : `${scheduling.policy === 'none' ? 'not started' : 'ordinary scheduling'}${because(scheduling.reason)}`;
  const { spin, busyPollUs, cpuLatencyUs, reason } = scheduling.isolation;
  const { running, stoodIn, longestMs } = scheduling.secondThread;
  const isolation = [
    ...(running ? [`second thread${stoodIn === 0 ? '' : ` (stood in ${stoodIn} times, ${longestMs.toFixed(1)} ms at most)`}`] : []),
    ...(spin ? ['never sleeps'] : []),
    ...(busyPollUs > 0 ? [`busy poll ${busyPollUs} us`] : []),
    ...(cpuLatencyUs === null ? [] : [`CPU latency ${cpuLatencyUs} us`]),
    ...(reason === null ? [] : [`refused: ${reason}`]),
    ...(scheduling.keepAwake.reason === null ? [] : [`CPUs not kept awake for messages (${scheduling.keepAwake.reason})`]),
  ];
  return `${[policy, ...isolation].join(', ')}, memory ${scheduling.memoryLocked ? 'locked' : `not locked${because(scheduling.memoryReason)}`}`;
}

function because(reason: string | null): string {
  return reason === null ? '' : ` (${reason})`;
}

function nodeTable(status: ClusterStatus, paint: Paint): string {
  const rows = status.nodes.map((node) => [
    node.node === status.self.node ? paint('bold', node.name) : node.name,
    String(node.node),
    node.role ?? '-',
    stateText(node, status.nowMs, paint),
    node.memberId === null ? '-' : String(node.memberId),
    node.voter ? 'votes' : '-',
    node.preferredRole === 'none' ? '-' : node.preferredRole,
  ]);
  return table(['node', 'id', 'role', 'state', 'member', 'voter', 'prefers'], rows, paint);
}

function awayText(leftMs: number): string {
  return `${Math.max(0, Math.ceil(leftMs / 1000))} s`;
}

function stateText(node: NodeStatus, nowMs: number, paint: Paint): string {
  const styles: Readonly<Record<NodeStatus['state'], Style>> = {
    member: 'green',
    unmanaged: 'yellow',
    offline: 'yellow',
    failed: 'red',
    absent: 'red',
  };
  const away = node.away === null ? '' : paint('yellow', `, away for ${awayText(node.away.untilMs - nowMs)} (${node.away.reason})`);
  return (
    paint(styles[node.state], node.state) + away + (node.stalled ? paint('yellow', ', stalled') : '') + (node.bridged ? ', bridged' : '')
  );
}

function linkTable(status: ClusterStatus, paint: Paint): string {
  const rows = status.links.flatMap((link) => {
    const state = linkState(link, paint);
    if (link.peers.length === 0 || !link.open) return [[link.name, state, '-', '-', '-', '-']];
    return link.peers.map((peer, index) => [
      index === 0 ? link.name : '',
      index === 0 ? state : '',
      nodeLabel(status, peer.node),
      heard(status, peer, paint),
      peer.roundTripUs === null ? '-' : `${peer.roundTripUs.toFixed(0)} us`,
      `${peer.lossPercent.toFixed(1)} %`,
    ]);
  });
  return table(['link', 'state', 'peer', 'beats', 'round trip', 'loss'], rows, paint);
}

function heard(status: ClusterStatus, peer: PeerPathStatus, paint: Paint): string {
  if (peer.up && peer.multicast === false) return paint('green', 'heard') + paint('yellow', ', no multicast');
  if (peer.up) return paint('green', peer.multicast === true ? 'heard, multicast' : 'heard');
  return peer.via === null ? paint('red', 'silent') : paint('yellow', `via ${nodeLabel(status, peer.via)}`);
}

function linkState(link: LinkStatus, paint: Paint): string {
  if (link.interface === null) return paint('dim', 'not on this node');
  if (!link.open) return paint('red', `closed${because(link.reason)}`);
  return link.carrier ? paint('green', 'open') : paint('red', 'no carrier');
}

function addressTable(addresses: ClusterStatus['addresses'], status: ClusterStatus, paint: Paint): string {
  if (addresses.length === 0) return '  none configured';
  const rows = addresses.map((entry) => [
    entry.address,
    entry.network,
    entry.owner === null ? paint('red', 'nobody') : nodeLabel(status, entry.owner),
    entry.interface ?? '-',
    [
      entry.conflict === null ? '' : paint('red', `also held by ${entry.conflict}`),
      (entry.egressMs ?? 0) < EGRESS_SHOWN_MS
        ? ''
        : paint('yellow', `answers wait ${Math.round(entry.egressMs ?? 0)} ms in the egress queue`),
    ]
      .filter((note) => note !== '')
      .join(', '),
  ]);
  return table(['address', 'network', 'owner', 'interface', ''], rows, paint);
}

/** A group's line names its holder; the address table below it where its addresses are. */
function groupTable(status: ClusterStatus, paint: Paint): string {
  const label = (node: number): string => nodeLabel(status, node);
  const rows = status.resources.map(({ group, holder, owner, successors, failBackAfterMs, movesTo }) => [
    group,
    holder === null ? paint('red', 'nobody') : `${label(holder)}${movesTo === null ? '' : `, moves to ${label(movesTo)}`}`,
    [owner, ...successors].map(label).join(', '),
    failBackAfterMs === null ? 'no' : `after ${formatDurationUs(failBackAfterMs * 1000)}`,
  ]);
  const addresses = status.resources.flatMap((each) => each.addresses);
  const commands = status.resources.flatMap(({ group, commands: own }) =>
    own.map(({ command, state, restarts }) => [
      group,
      command,
      state === 'failed' ? paint('red', state) : state,
      restarts === 0 ? '' : `started again ${restarts} times`,
    ]),
  );
  const groups = table(['group', 'holder', 'owner, successors', 'fails back'], rows, paint);
  return [
    groups,
    ...(addresses.length === 0 ? [] : [addressTable(addresses, status, paint)]),
    ...(commands.length === 0 ? [] : [table(['group', 'command', `on ${status.self.name}`, ''], commands, paint)]),
  ].join('\n\n');
}

function section(title: string, body: string, paint: Paint): string {
  return `${paint('bold', title)}\n${body}`;
}

function verdict(status: ClusterStatus, paint: Paint): string {
  if (status.degraded.length === 0) return paint('green', 'Healthy.');
  return [paint('red', 'Degraded:'), ...status.degraded.map(({ message }) => `  - ${message}`)].join('\n');
}
