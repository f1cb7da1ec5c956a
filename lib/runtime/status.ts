// One node's status, put together from what its protocol knows, what the beat thread writes and what the runtime
// itself has seen.
import { type ClusterConfig, networkNumbered } from '../config/config.ts';
import { linkName, linksOf, NO_NETWORK } from '../config/links.ts';
import type { NativeGuardReport, NativeNode, NativeStartReport } from '../native.ts';
import type { Snapshot } from '../protocol/snapshot.ts';
import type { NodeId } from '../protocol/types.ts';
import { type Boot, MANAGER_SEAT, type VirtualAddress } from '../protocol/types.ts';
import type { PlacedAddress } from './address-book.ts';
import type { SchedulingStatus } from './scheduling-status.ts';
import { LINKS_MAX, rejectReasons } from './statistics-layout.ts';
import type { Statistics } from './statistics.ts';
import type { CommandStatus } from './resource-status.ts';
import type { AddressStatus, DiskStatus, LinkStatus, NodeStatus, ResourceStatus, RuntimeStatus, WitnessStatus } from './types.ts';

const NS_PER_MS = 1e6;
const US_PER_MS = 1000;
/** A seat whose addresses are on here. */
const OPEN = 3;

export interface StatusParts {
  readonly config: ClusterConfig;
  readonly node: string;
  readonly boot: Boot;
  readonly startedMs: number;
  readonly nowMs: number;
  readonly snapshot: Snapshot;
  readonly statistics: Statistics;
  readonly report: NativeStartReport | null;
  readonly guard: NativeGuardReport;
  readonly placed: readonly PlacedAddress[];
  readonly conflicts: ReadonlyMap<string, string>;
  hearsMulticast(node: NodeId, link: number): boolean;
  readonly troubles: readonly string[];
  readonly pausesWithoutNotice: number;
  /** End of the silence of its vote after the start. */
  readonly silentUntilMs: number;
  /** Of the resource group with this seat, on this node. */
  commandsOf(seat: number): readonly CommandStatus[];
  readonly diskHealth: ReturnType<NativeNode['diskHealth']>;
  /** Of the message thread: what it threw away, in the order of rejectReasons, and more; last, multicasts (sent, received, of others) and the sends refused. */
  readonly messageCounters: readonly bigint[];
}

export function statusOf(parts: StatusParts): RuntimeStatus {
  const { config, snapshot, statistics, report } = parts;
  const seat = statistics.seat(0);
  return {
    cluster: config.cluster,
    self: {
      node: snapshot.node,
      name: parts.node,
      memberId: snapshot.memberId,
      role: snapshot.role,
      boot: Number(parts.boot),
      startedMs: parts.startedMs,
    },
    nowMs: parts.nowMs,
    manager: snapshot.manager,
    standby: snapshot.standby,
    epoch: snapshot.epoch === 0n ? null : Number(snapshot.epoch),
    quorum: {
      policy: config.quorum,
      voters: config.voters.map((name) => idOf(config, name)),
      present: snapshot.votersPresent,
      needed: snapshot.quorumNeeded,
      quorate: snapshot.quorate ?? (snapshot.manager !== null && seat.holder === snapshot.manager ? true : null),
      ordersInstalled: snapshot.ordersInstalled,
      silentUntilMs: parts.silentUntilMs > parts.nowMs ? parts.silentUntilMs : null,
      witness: witnessOf(parts),
      disk: diskOf(parts),
    },
    activeNetwork: snapshot.activeNetwork,
    standbyNetwork: snapshot.standbyNetwork,
    nodes: nodesOf(parts),
    links: linksStatus(parts),
    addresses: addressesOf(parts, seat),
    resources: resourcesOf(parts),
    waiting: snapshot.waiting,
    scheduling: {
      policy: report?.beat.policy ?? 'none',
      priority: report?.beat.priority ?? 0,
      wantedPriority: config.heartbeat.priority,
      reason: report?.beat.reason ?? null,
      isolation: { ...config.heartbeat.isolation, reason: report?.beat.isolationReason ?? null },
      secondThread: secondThreadOf(parts),
      keepAwake: { wanted: config.keepAwake, reason: report?.awakeReason ?? null },
      memoryLocked: report?.memory.locked ?? false,
      memoryReason: report?.memory.reason ?? null,
    },
    guard: guardOf(parts.guard),
    authentication: config.authentication,
    troubles: [...snapshot.troubles, ...parts.troubles],
    rejected: rejectedOf(parts),
    sendsRefused: Number(parts.messageCounters.at(-1) ?? 0n),
    multicasts: { sent: Number(parts.messageCounters.at(-4) ?? 0n), received: Number(parts.messageCounters.at(-3) ?? 0n) },
    pausesWithoutNotice: parts.pausesWithoutNotice,
  };
}

function secondThreadOf({ report, statistics }: StatusParts): SchedulingStatus['secondThread'] {
  const { times, longestNs } = statistics.stoodIn();
  return { running: report?.beat.secondThread ?? false, stoodIn: times, longestMs: longestNs / NS_PER_MS };
}

/** An I/O that has not come back for so long is an error by itself. */
function diskOf({ config, diskHealth, statistics, nowMs }: StatusParts): DiskStatus | null {
  if (config.disk === null) return null;
  const { witnessAskedNs, witnessUntilNs } = statistics.promise(0);
  const { error, worstIoUs, waitingUs } = diskHealth ?? { error: 'this node does not vote', worstIoUs: 0, waitingUs: 0 };
  const hangs = waitingUs > config.disk.timeoutUs / 2 ? `an I/O has not come back for ${Math.round(waitingUs / US_PER_MS)} ms` : null;
  return {
    device: config.disk.device,
    error: error ?? hangs,
    worstIoMs: worstIoUs / US_PER_MS,
    askedMs: witnessAskedNs === 0 ? null : witnessAskedNs / NS_PER_MS,
    holds: witnessUntilNs / NS_PER_MS > nowMs,
  };
}

function witnessOf({ config, snapshot, statistics, nowMs }: StatusParts): WitnessStatus | null {
  if (config.witness === null) return null;
  const node = idOf(config, config.witness.node);
  const { grantedTo, witnessAskedNs, witnessUntilNs } = statistics.promise(0);
  const isSelf = node === snapshot.node;
  const promised = isSelf ? grantedTo : witnessUntilNs / NS_PER_MS > nowMs ? snapshot.node : 0;
  return {
    node,
    heard: isSelf || statistics.peers().some((peer) => peer.node === node && peer.up),
    askedMs: witnessAskedNs === 0 ? null : witnessAskedNs / NS_PER_MS,
    holds: promised === 0 ? null : promised,
  };
}

function guardOf(guard: NativeGuardReport): RuntimeStatus['guard'] {
  const running = guard.guardian.reason === null;
  const enforcement = guard.enforcement === 'none' && running ? 'guardian' : guard.enforcement;
  return { ...guard, enforcement, guardian: { ...guard.guardian, running } };
}

/** Of beats and of messages together. */
function rejectedOf({ statistics, messageCounters }: StatusParts): Record<string, number> {
  const sum: Record<string, number> = {};
  const add = (reason: string, count: number): void => {
    if (count > 0) sum[reason] = (sum[reason] ?? 0) + count;
  };
  for (let link = 0; link < LINKS_MAX; link++) {
    for (const [reason, count] of Object.entries(statistics.link(link).rejects)) add(reason, count);
  }
  rejectReasons.forEach((reason, index) => {
    if (index > 0) add(reason, Number(messageCounters[index] ?? 0n));
  });
  return sum;
}

function idOf(config: ClusterConfig, name: string): number {
  return config.nodes.find((node) => node.name === name)?.id ?? 0;
}

function nodesOf({ config, snapshot, statistics }: StatusParts): NodeStatus[] {
  const stalled = new Set(
    statistics
      .peers()
      .filter((peer) => peer.stalled)
      .map((peer) => peer.node),
  );
  const rows = new Map<number, NodeStatus>();
  for (const node of config.nodes) {
    rows.set(node.id, {
      node: node.id,
      name: node.name,
      memberId: null,
      role: null,
      state: 'absent',
      preferredRole: node.name === config.witness?.node ? 'client' : node.preferredRole,
      voter: config.voters.includes(node.name),
      bridged: node.bridged,
      stalled: false,
      away: null,
    });
  }
  for (const member of snapshot.members) {
    const known = member.state === 'member' || member.state === 'offline' || member.state === 'unmanaged';
    rows.set(member.node, {
      node: member.node,
      name: member.name,
      memberId: member.memberId,
      role: known ? member.role : null,
      state: member.state,
      preferredRole: member.description.preferredRole,
      voter: config.voters.some((name) => idOf(config, name) === member.node),
      bridged: member.description.bridged,
      stalled: stalled.has(member.node),
      away: member.away,
    });
  }
  const own = rows.get(snapshot.node);
  if (own !== undefined) {
    const state = snapshot.role === 'offline' ? 'offline' : snapshot.role === 'unmanaged' ? 'unmanaged' : 'member';
    rows.set(snapshot.node, { ...own, memberId: snapshot.memberId, role: snapshot.role, state, away: snapshot.away });
  }
  return [...rows.values()].sort((left, right) => left.node - right.node);
}

function linksStatus({ config, node, statistics, report, snapshot, hearsMulticast }: StatusParts): LinkStatus[] {
  const peers = statistics.peers();
  const members = new Set(snapshot.members.map((member) => member.node));
  return linksOf(config, node).flatMap((link, id) => {
    if (link.kind !== 'serial' && link.network === NO_NETWORK) return []; // nobody has this number
    const reading = statistics.link(id);
    const place = link.kind === 'serial' ? link.device : link.interface;
    const entry = {
      link: id,
      name: linkName(link, config),
      kind: link.kind,
      network: link.kind === 'serial' ? null : (networkNumbered(config, link.network)?.name ?? null),
      interface: place ?? null,
      open: reading.present,
      carrier: reading.carrier,
      reason: reading.present ? null : (report?.links[id]?.reason ?? (place === undefined ? null : 'the interface is gone')),
      peers: peers
        .filter((peer) => members.has(peer.node))
        .flatMap((peer) => {
          const path = peer.paths[id];
          if (path === undefined || (path.sent === 0 && path.received === 0)) return [];
          const expected = path.received + path.lost;
          return [
            {
              node: peer.node,
              up: path.up,
              via: peer.via === 0 ? null : peer.via,
              roundTripUs: path.roundTripNs === 0 ? null : path.roundTripNs / 1000,
              multicast: link.multicast === true ? hearsMulticast(peer.node, id) : null,
              sent: path.sent,
              received: path.received,
              lossPercent: expected === 0 ? 0 : (100 * path.lost) / expected,
            },
          ];
        }),
    };
    return [entry];
  });
}

function addressesOf(parts: StatusParts, seat: { holder: number; state: number }): AddressStatus[] {
  const { snapshot } = parts;
  const isOpen = seat.state === OPEN;
  const held = isOpen || seat.holder !== snapshot.node;
  const owner = seat.holder === 0 || !held || snapshot.manager === null ? null : seat.holder;
  return snapshot.virtualAddresses.map((each) => addressOf(parts, each, owner, isOpen ? MANAGER_SEAT : null));
}

/** @param openAt the seat that has it on here; null: it is not */
function addressOf(
  { snapshot, placed, conflicts, statistics }: StatusParts,
  each: VirtualAddress,
  owner: number | null,
  openAt: number | null,
): AddressStatus {
  const place = placed.find((candidate) => candidate.text === each.address);
  return {
    address: each.address,
    network: each.network === 'active' ? snapshot.activeNetwork : each.network,
    owner,
    interface: openAt === null ? null : (place?.interface ?? null),
    conflict: conflicts.get(each.address) ?? null,
    egressMs: openAt === null ? null : statistics.egressNs(openAt) / NS_PER_MS,
  };
}

function resourcesOf(parts: StatusParts): ResourceStatus[] {
  const { snapshot, statistics } = parts;
  return snapshot.groups.map(({ config, holder, epoch, movesTo, ordersInstalled, failedAt }) => {
    const [owner = 0, ...successors] = config.holders;
    const isOpen = statistics.seatState(config.seat) === OPEN;
    return {
      group: config.name,
      holder,
      epoch: epoch === 0n ? null : Number(epoch),
      owner,
      successors,
      failBackAfterMs: config.failBackAfterMs,
      movesTo,
      ordersInstalled,
      failedAt,
      commands: parts.commandsOf(config.seat),
      addresses: config.addresses.map((each) =>
        addressOf(parts, each, holder === snapshot.node && !isOpen ? null : holder, isOpen ? config.seat : null),
      ),
    };
  });
}
