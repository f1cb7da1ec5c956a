// How far the peer protocols have got, as one member knows it: plain data that it can publish at any time (Q1-Q3). Each
// answer has a line for every other member, so the answer of any one names the laggard.
import type { NodeState } from '../membership/state.ts';
import type { NodeId } from '../types.ts';
import { waitingOf } from '../waiting.ts';
import { kinds } from './kinds.ts';
import { roundsOf } from './kind.ts';
import { type Instance, nameOf, type Opening, type ProtocolNumber, stages } from './state.ts';
import { awaitedInRecovery, managerOf, recoveryText } from './waiting.ts';

export interface MemberProgress {
  readonly node: NodeId;
  /** Rounds of this protocol that it has acknowledged, here counted from what was received. */
  readonly acknowledged: number;
  readonly refused: string | null;
  /** CLOCK_BOOTTIME of the member that answers; null: nothing came from it yet. */
  readonly lastAckMs: number | null;
  /** It is the one that this round waits for, or, where the rounds are over or a manager recovers it, the outcome. */
  readonly awaited: boolean;
  /** The engine hears it; null: not known yet. */
  readonly alive: boolean | null;
  /** Its event loop does not turn. */
  readonly stalled: boolean;
  /** Links over which it is not heard, and since when. */
  readonly silentLinks: readonly { readonly link: number; readonly sinceMs: number }[];
}

export interface ProtocolProgress {
  /** "3.17". */
  readonly protocol: string;
  readonly kind: string;
  readonly proposedBy: NodeId;
  readonly rounds: readonly string[];
  /** Number and name of the round that this member is in. */
  readonly round: number;
  readonly roundName: string;
  readonly sinceMs: number;
  readonly roundSinceMs: number;
  /** What this member itself waits for. */
  readonly waitsFor: string;
  readonly members: readonly MemberProgress[];
  readonly leftOut: readonly NodeId[];
}

export interface Progress {
  readonly node: NodeId;
  /** CLOCK_BOOTTIME of that node when it said so. */
  readonly atMs: number;
  readonly role: string;
  readonly protocols: readonly ProtocolProgress[];
  /** Of each other member, whatever protocol it was about. */
  readonly lastAcks: readonly {
    readonly node: NodeId;
    readonly protocol: string;
    readonly kind: string;
    readonly round: number;
    readonly ok: boolean;
    readonly atMs: number;
  }[];
  /** Wishes of this member that are not opened yet; `nodes`: the manager, where another one is. */
  readonly notOpened: readonly { readonly kind: string; readonly nodes: readonly NodeId[]; readonly sinceMs: number }[];
  /** Everything else that it waits for: votes, incorporations, hand-overs, operations of others. */
  readonly waiting: readonly { readonly what: string; readonly nodes: readonly NodeId[]; readonly sinceMs: number }[];
}

export function progressOf(state: NodeState, nowMs: number): Progress {
  const { rounds, self, role } = state;
  const running = [...rounds.instances.values()].sort((left, right) => (left.opening.number < right.opening.number ? -1 : 1));
  return {
    node: self.node,
    atMs: nowMs,
    role,
    protocols: running.map((instance) => protocolProgress(instance, state)),
    lastAcks: [...rounds.lastAcks].map(([node, { number, kind, round, ok, atMs }]) => ({
      node,
      protocol: nameOf(number),
      kind,
      round,
      ok,
      atMs,
    })),
    notOpened: [...rounds.proposals.values()]
      .filter(({ number }) => number === null)
      .map(({ kind, sinceMs }) => ({ kind, nodes: managerOf(state), sinceMs })),
    waiting: waitingOf(state),
  };
}

function protocolProgress(instance: Instance, state: NodeState): ProtocolProgress {
  const { opening, round, sinceMs, roundSinceMs } = instance;
  const names = roundNamesOf(opening);
  const { waitsFor, awaited } = awaitedBy(instance, state);
  const participants = opening.participants.map(({ node }) => node);
  // A manager that recovers it may have had no part in it.
  const others = [...new Set([...participants, ...awaited])].filter((node) => node !== state.self.node);
  return {
    protocol: nameOf(opening.number),
    kind: opening.kind,
    proposedBy: opening.proposal.node,
    rounds: names,
    round,
    roundName: names[round] ?? '',
    sinceMs,
    roundSinceMs,
    waitsFor,
    members: others.map((node) => ({ ...memberProgress(instance, node), awaited: awaited.includes(node), ...pathsOf(state, node) })),
    leftOut: opening.leftOut,
  };
}

interface AwaitedBy {
  readonly waitsFor: string;
  readonly awaited: readonly NodeId[];
}

function awaitedBy(instance: Instance, state: NodeState): AwaitedBy {
  const { opening, stage, outcome, unsaid, ballot } = instance;
  const waitsFor = stages[stage];
  // Nobody else can do anything about it. A later recovery may ask again for what is known here.
  if (outcome !== null) return { waitsFor: stage === 'writing' ? waitsFor : stages.decided, awaited: [] };
  if (unsaid?.what === 'decision') return { waitsFor, awaited: [] };
  const recovery = state.rounds.recoveries.get(opening.number);
  if (recovery !== undefined) {
    const awaited = awaitedInRecovery({ ...recovery, participants: opening.participants });
    return { waitsFor: stage === 'writing' ? waitsFor : recoveryText(recovery), awaited };
  }
  if (ballot !== 0n || stage === 'recovering') return { waitsFor, awaited: managerOf(state) };
  const missing = opening.participants
    .map(({ node }) => node)
    .filter((node) => instance.acks.get(node)?.some((ack) => ack.round === instance.round) !== true);
  // All votes are here, and another one decides by them (2PC).
  if (stage === 'awaiting' && missing.length === 0) return { waitsFor: 'the proposer to decide', awaited: [opening.proposal.node] };
  return { waitsFor, awaited: missing };
}

function memberProgress({ acks }: Instance, node: NodeId): Omit<MemberProgress, keyof Paths | 'awaited'> {
  const known = acks.get(node) ?? [];
  return {
    node,
    acknowledged: known.filter(({ ok }) => ok).length,
    refused: known.find(({ ok }) => !ok)?.reason ?? null,
    lastAckMs: known.at(-1)?.atMs ?? null,
  };
}

type Paths = Pick<MemberProgress, 'alive' | 'stalled' | 'silentLinks'>;

function pathsOf({ members }: NodeState, node: NodeId): Paths {
  const member = members.get(node);
  if (member === undefined) return { alive: null, stalled: false, silentLinks: [] };
  return { alive: member.alive, stalled: member.stalled, silentLinks: member.linksDown };
}

function roundNamesOf({ kind, body }: Opening): readonly string[] {
  const protocol = kinds().get(kind);
  return protocol?.accepts(body) === true ? roundsOf(protocol, body) : [];
}

/** Protocols whose outcome this member does not know yet. */
export function undecidedNumbers(state: NodeState): ProtocolNumber[] {
  const { instances, listening } = state.rounds;
  const running = [...instances.values()].filter(({ outcome }) => outcome === null).map(({ opening }) => opening.number);
  return [...running, ...listening.map(({ number }) => number)];
}
