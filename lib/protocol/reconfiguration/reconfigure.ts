// A reconfiguration of the running cluster (R3-R7): from the active configuration to the default one, in rounds that all
// members acknowledge. What a round has done is undone where the whole comes to nothing; services that it does not name go
// on. "Suspended" are commands that would change the same things; heartbeats, leases, verdicts and takeover never stop.
import { goOffline } from '../membership/leaving.ts';
import type { NodeState } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import type { PeerProtocol } from '../rounds/kind.ts';
import { type Instance, nameOf, type Opening } from '../rounds/state.ts';
import { tellConfigured } from './catching-up.ts';
import { handOver } from '../resources/changing.ts';
import { adoptEnd, adoptGroups, goWithin, tellAll } from './in-doubt.ts';
import { acquire, counterpart, groupsOf, release } from './layout.ts';
import { seatsRefusal } from './moving.ts';
import { networksRefusal, useNetworks } from './networks.ts';
import { isDigest, isLayout, isVersion } from './shapes.ts';
import type { Layout } from './state.ts';
import { useTimes } from './times.ts';
import { RECONFIGURE, reconfigurationIn } from './under-way.ts';
import { topologyRefusal, useVoters } from './voters.ts';

export { RECONFIGURE, reconfigurationIn } from './under-way.ts';

export interface Reconfiguration {
  /** Number, in digits, of the reconfiguration that made the active configuration: nobody changes another one than he saw. */
  readonly base: string;
  /** The default configuration that becomes active. */
  readonly version: number;
  readonly digest: string;
  readonly from: Layout;
  readonly to: Layout;
}

const ROUNDS = ['copy', 'identical', 'set offline', 'beats', 'stop', 'release', 'acquire', 'verify'] as const;
/** Characters of an event, for people. */
const UNSEEN_MAX = 1000;
export type RoundName = (typeof ROUNDS)[number];

function isReconfiguration(body: unknown): body is Reconfiguration {
  if (typeof body !== 'object' || body === null) return false;
  const { base, version, digest, from, to } = body as Partial<Reconfiguration>;
  return typeof base === 'string' && /^\d{1,20}$/.test(base) && isVersion(version) && isDigest(digest) && isLayout(from) && isLayout(to);
}

/** R5 where the topology differs, R6 where the resources do; both in one event, topology first (R4). */
export function roundsFor({ from, to }: Reconfiguration): readonly RoundName[] {
  const differs = (part: keyof Layout): boolean => JSON.stringify(from[part]) !== JSON.stringify(to[part]);
  const topology = differs('nodes') || differs('voters') || differs('networks') || differs('lines');
  const resources = differs('addresses') || differs('groups');
  const isIn: Record<RoundName, boolean> = {
    copy: true,
    identical: true,
    'set offline': topology,
    beats: topology,
    stop: stopsCommands(from, to),
    release: resources,
    acquire: resources,
    verify: resources,
  };
  return ROUNDS.filter((name) => isIn[name]);
}

/** Commands are stopped from the last one down to the first that differs, before any address goes. */
function stopsCommands(from: Layout, to: Layout): boolean {
  return groupsOf(from).some((group) => {
    const kept = counterpart(group, to)?.commands ?? [];
    return (group.commands ?? []).some((digest, place) => kept[place] !== digest);
  });
}

/** R3, R5: null, or why a command that changes the same things must wait. */
export function suspended(turn: { readonly state: NodeState }): string | null {
  const running = reconfigurationIn(turn.state);
  return running === null ? null : `the reconfiguration ${nameOf(running)} is under way`;
}

export const reconfigure: PeerProtocol = {
  kind: RECONFIGURE,
  rounds: ROUNDS,
  roundsFor: (body) => roundsFor(body as Reconfiguration),
  accepts: isReconfiguration,
  decider: () => 'all',
  isDurable: () => true,
  refuses(turn, body) {
    const { base, version, digest, from, to } = body as Reconfiguration;
    const { configurations, pending } = turn.state;
    if (configurations === null) return 'the manager keeps no configuration';
    const { active, default: wanted } = configurations;
    if (suspended(turn) !== null) return suspended(turn);
    if (pending !== null) return `a ${pending.kind} is under way`;
    if (active.number !== BigInt(base)) return `another reconfiguration was done meanwhile: version ${active.version} is active now`;
    if (wanted.version !== version || wanted.digest !== digest)
      return `the default configuration is version ${wanted.version} at the manager, not version ${version}`;
    if (active.digest === digest) return 'the default configuration is the active one already';
    return networksRefusal(turn, to) ?? topologyRefusal(turn, from, to) ?? seatsRefusal(turn, from, to);
  },
  conflictsWith: (_, other) => other.kind === RECONFIGURE || other.kind === 'edit',
  work(turn, { opening }, round) {
    const body = opening.body as Reconfiguration;
    const { from, to } = body;
    const name = roundsFor(body)[round];
    if (name === 'release' || name === 'acquire') goWithin(turn, opening);
    if (name === 'release') release(turn, from, to);
    if (name === 'acquire') acquire(turn, from, to);
    turn.do({ type: 'work', number: opening.number, kind: opening.kind, round, body: opening.body, proposal: opening.proposal });
    return 'later';
  },
  /** All temporary configurations are the same (R5): each member tells the checksum of what it has on its disk. */
  judge(_, { round, opening }, acks) {
    const body = opening.body as Reconfiguration;
    const { digest } = body;
    if (roundsFor(body)[round] !== 'identical') return null;
    return acks.every(({ payload }) => payload === digest)
      ? null
      : 'not all members have the same default configuration; send it to all with `heartwire config sync`';
  },
  commit(turn, instance) {
    const { opening } = instance;
    const { configurations } = turn.state;
    const { from, to, version, digest } = opening.body as Reconfiguration;
    if (configurations === null || configurations.active.number >= opening.number) return;
    if (!to.nodes.includes(turn.state.self.node)) return leaveForGood(turn, opening);
    settleAddresses(turn, opening, from, to);
    useVoters(turn, to);
    useNetworks(turn, to);
    useTimes(turn, to);
    const { default: wanted } = configurations;
    // A member that was no part of it may not even have the default configuration; it has asked for both.
    if (wanted.digest !== digest) return;
    const active = { ...wanted, version, number: opening.number, layout: to };
    turn.state.configurations = { ...configurations, active };
    adoptGroups(turn, to);
    handOver(turn, groupsOf(from), groupsOf(to));
    turn.do({ type: 'activate', active, protocol: opening.number });
    const unseen = unseenIn(instance);
    const details = { version, protocol: nameOf(opening.number) };
    turn.publish('reconfigured', opening.proposal.node, unseen === '' ? details : { ...details, unseen });
  },
  undo(turn, { opening, outcome, begun }) {
    const { from, to, version } = opening.body as Reconfiguration;
    const reason = outcome?.reason ?? '';
    const active = turn.state.configurations?.active;
    // Back to what runs here, which is not what the change began with where its initiator had missed another one. A manager
    // that came in the middle took no part, but may have its list from one who did.
    if ((active?.number ?? 0n) < opening.number) {
      settleAddresses(turn, opening, to, active?.layout ?? from);
      adoptGroups(turn, active?.layout ?? from);
    }
    if (!begun) return;
    turn.do({ type: 'undone', number: opening.number, kind: opening.kind, body: opening.body, reason });
    turn.publish('reconfiguration-aborted', opening.proposal.node, { version, protocol: nameOf(opening.number), reason });
  },
};

/** Which members could not see on the wire that the owner has what is new, and why: they have said so in their ACKs. */
function unseenIn({ opening, acks }: Instance): string {
  const round = roundsFor(opening.body as Reconfiguration).indexOf('verify');
  const saidBy = (node: number): string[] => {
    const payload = acks.get(node)?.find((ack) => ack.round === round)?.payload;
    const words: unknown[] = Array.isArray(payload) ? payload : [];
    return words.filter((word) => typeof word === 'string').map((word) => `node ${node}: ${word}`);
  };
  const all = opening.participants.flatMap(({ node }) => saidBy(node)).join('; ');
  return all.length > UNSEEN_MAX ? `${all.slice(0, UNSEEN_MAX)} ...` : all;
}

/** It is no node of the cluster any more: what it had of the change goes, and it takes no further part. */
function leaveForGood(turn: Turn, { number, kind, body, proposal }: Opening): void {
  const { version } = body as Reconfiguration;
  turn.do({ type: 'undone', number, kind, body, reason: 'this node was removed' });
  turn.publish('node-removed', turn.state.self.node, { version, protocol: nameOf(number), by: proposal.node });
  goOffline(turn);
}

/** A member asks for the manager's list, too: the manager may have gone further meanwhile. */
function settleAddresses(turn: Turn, opening: Opening, from: Layout, to: Layout): void {
  adoptEnd(turn, opening, from, to);
  if (turn.state.role === 'manager') tellAll(turn);
  else tellConfigured(turn);
}
