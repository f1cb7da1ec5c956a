// What a node knows of peer protocols: those that run, those that ended, who has said what and when. Part of the node's
// state. An instance is changed in place (instances.ts), and copied with the state; every other record is replaced.
import type { Boot, Epoch, NodeId } from '../types.ts';

/** (epoch of the manager that opened it) << 32 | count in that epoch: the one order of all protocols. */
export type ProtocolNumber = bigint;

/** Who asked for it, and which of its wishes it is: the same wish is never carried out twice. */
export interface ProposalId {
  readonly node: NodeId;
  readonly boot: Boot;
  readonly counter: number;
}

/** What all participants of a protocol are told at its opening. */
export interface Opening {
  readonly number: ProtocolNumber;
  readonly proposal: ProposalId;
  readonly kind: string;
  readonly body: unknown;
  readonly participants: readonly Participant[];
  /** Members that get the outcome later: away, or not ready yet. */
  readonly leftOut: readonly NodeId[];
  readonly timeoutMs: number;
}

export interface Participant {
  readonly node: NodeId;
  readonly boot: Boot;
}

/** What a member takes no part in, and must know the outcome of before anything later. */
export interface Awaited {
  readonly number: ProtocolNumber;
  /** None: they are not known. */
  readonly participants: readonly Participant[];
}

/** What a member tells its manager of a protocol that it is in: enough to ask for the rest. */
export interface Known extends Awaited {
  readonly kind: string;
}

/** Since when. */
export interface Listening extends Awaited {
  readonly sinceMs: number;
}

/** One answer in one round. */
export interface Ack {
  readonly round: number;
  readonly ok: boolean;
  readonly reason: string;
  readonly payload: unknown;
  readonly atMs: number;
}

/** Why it ended so. `view`: a participant was lost, and it may be tried again; `time`: its time was over. */
export type OutcomeCode = 'agreed' | 'veto' | 'view' | 'time' | 'cancelled';

export interface Outcome {
  readonly committed: boolean;
  readonly code: OutcomeCode;
  readonly reason: string;
  /** Who was the cause of an abort; 0: nobody in particular. */
  readonly culprit: NodeId;
}

/** What this member itself does in a protocol now. */
export const stages = {
  queued: 'the end of an earlier protocol here',
  working: 'local work of this round',
  writing: 'the disk',
  awaiting: 'the ACKs of the others',
  recovering: 'the manager to find the outcome',
  decided: 'its turn in the order',
} as const;
export type Stage = keyof typeof stages;

/** What a recovering manager has chosen. */
export interface Accepted {
  readonly ballot: bigint;
  readonly outcome: Outcome;
}

/** What is said once it is on disk. */
export type Unsaid =
  | { readonly what: 'ack'; readonly ack: Ack }
  /** Where it cannot be written, what was accepted before is. */
  | { readonly what: 'accept'; readonly to: NodeId; readonly before: Accepted | null }
  | { readonly what: 'decision'; readonly outcome: Outcome; readonly tell: readonly NodeId[] };

export interface Instance {
  readonly opening: Opening;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly round: number;
  readonly roundSinceMs: number;
  readonly stage: Stage;
  /** Of each participant, by round. Ours are in it. */
  readonly acks: Map<NodeId, readonly Ack[]>;
  /** Highest ballot that we have promised; 0: none, the rounds run by themselves. */
  readonly ballot: bigint;
  readonly accepted: Accepted | null;
  readonly outcome: Outcome | null;
  readonly unsaid: Unsaid | null;
  /** This node took part, in this start or an earlier one: where it is aborted there may be something to undo. */
  readonly begun: boolean;
}

export interface Ended {
  readonly opening: Opening;
  readonly outcome: Outcome;
}

/** What a node must not forget of a durable protocol: enough to answer a manager that recovers it. */
export interface RoundRecord {
  readonly opening: Opening;
  /** Rounds acknowledged with ok. */
  readonly acknowledged: number;
  readonly accepted: Accepted | null;
  readonly outcome: Outcome | null;
}

/** A wish of this node that is not fulfilled yet. */
export interface Proposal {
  /** Of the command. */
  readonly id: number;
  readonly counter: number;
  readonly kind: string;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly sinceMs: number;
  /** To whom, and in which of its epochs. */
  readonly sentTo: NodeId | null;
  readonly sentEpoch: bigint;
  readonly number: ProtocolNumber | null;
}

/** At the manager: a wish that waits for its turn. */
export interface Queued {
  readonly proposal: ProposalId;
  readonly kind: string;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly sinceMs: number;
}

/** How one member stands with one protocol, as it tells a manager that recovers it. */
export interface Standing {
  readonly opening: Opening | null;
  /** Rounds that it has acknowledged with ok: 0 none, 1 the first. */
  readonly acknowledged: number;
  /** Votes that it knows: who agreed in the first round, and who did not. */
  readonly agreed: readonly NodeId[];
  readonly refused: readonly NodeId[];
  readonly accepted: Accepted | null;
  readonly outcome: Outcome | null;
}

/** At the manager: a protocol that lost a participant, or its time. */
export interface Recovery {
  readonly number: ProtocolNumber;
  /** Of what nobody here knows but by its number: as somebody was told. Else, and where nobody was: none. */
  readonly participants: readonly Participant[];
  readonly ballot: bigint;
  readonly sinceMs: number;
  readonly why: { readonly code: OutcomeCode; readonly reason: string; readonly culprit: NodeId };
  readonly stage: 'asking' | 'settling' | 'blocked';
  readonly asked: readonly NodeId[];
  readonly standings: ReadonlyMap<NodeId, Standing>;
  readonly choice: Outcome | null;
  readonly settled: readonly NodeId[];
}

/** Q1: the last ACK round received from a member. */
export interface LastAck {
  readonly number: ProtocolNumber;
  readonly kind: string;
  readonly round: number;
  readonly ok: boolean;
  readonly atMs: number;
}

/** Operations that this node has done in an earlier start, or that were done before it came. */
export interface ForOthers {
  /** All after this one. */
  readonly since: ProtocolNumber;
  readonly ended: Ended[];
}

export interface RoundsState {
  /** Count of our own wishes. */
  counter: number;
  /** At the manager: the last number given in `epoch`. */
  lastNumber: ProtocolNumber;
  ballots: number;
  proposals: Map<number, Proposal>;
  queued: readonly Queued[];
  /** In the order of their numbers. */
  instances: Map<ProtocolNumber, Instance>;
  /** ACKs that came before their opening. */
  early: Map<ProtocolNumber, readonly { readonly from: NodeId; readonly ack: Ack }[]>;
  /** Those that have ended, oldest first: answers for whoever missed them (remembering.ts). */
  ended: Ended[];
  /** What they take, about. */
  endedBytes: number;
  /** Operations up to this one have ended before this start, or without it: it does not know how. 0: none. */
  beganAt: ProtocolNumber;
  /** Operations up to this one were done without being remembered here, or have been forgotten; 0: none. */
  forgottenUpTo: ProtocolNumber;
  /** A new start, which does not remember yet what others may ask it for. */
  takesOver: boolean;
  /** What is remembered for others once all of it has come; null: nothing. */
  forOthers: ForOthers | null;
  /** All operations up to this one that were done anywhere are known here, though later ones may still be told. */
  knownUpTo: ProtocolNumber;
  /** The largest number among them, and each member's newest wish: what is newer need not be looked for in them. */
  endedUpTo: ProtocolNumber;
  endedWishes: Map<NodeId, ProposalId>;
  /** Openings that we are no part of, but must know the outcome of before later ones. */
  listening: readonly Listening[];
  recoveries: Map<ProtocolNumber, Recovery>;
  /** Decisions may have to wait for earlier ones that are not known here, until a manager has told what was missed. */
  held: boolean;
  /** At a manager that has missed operations: the member that was asked for them. */
  behind: NodeId | null;
  behindSinceMs: number;
  /** At the manager: members that have told it where they stand, by boot number; in this epoch. */
  ready: Map<NodeId, Boot>;
  readyEpoch: bigint;
  /** In which epoch we have told our manager where we stand. */
  positionEpoch: bigint;
  /**
   * The last manager that was told where we stand, or ourselves as one, and its first epoch then. What is opened in an earlier
   * epoch is refused from then on: that one has opened later operations without knowing of it.
   */
  pledged: { readonly node: NodeId; readonly epoch: Epoch } | null;
  /** Number of the last operation applied here; 0: none. */
  applied: ProtocolNumber;
  lastAcks: Map<NodeId, LastAck>;
  /** When the rounds want to be looked at again although nothing happens; Infinity: never. */
  dueMs: number;
  /** At a member that waits for an outcome: when it asks the manager, since the ACK that it lacks may be lost. */
  askAtMs: number;
}

export function inNumberOrder(instances: readonly Instance[]): Map<ProtocolNumber, Instance> {
  const sorted = [...instances].sort((left, right) => (left.opening.number < right.opening.number ? -1 : 1));
  return new Map(sorted.map((instance) => [instance.opening.number, instance]));
}

export function initialRounds(restored: readonly Instance[] = [], applied: ProtocolNumber = 0n): RoundsState {
  return {
    counter: 0,
    lastNumber: 0n,
    ballots: 0,
    proposals: new Map(),
    queued: [],
    instances: inNumberOrder(restored),
    early: new Map(),
    ended: [],
    endedBytes: 0,
    beganAt: applied,
    forgottenUpTo: 0n,
    takesOver: true,
    forOthers: null,
    knownUpTo: 0n,
    endedUpTo: 0n,
    endedWishes: new Map(),
    listening: [],
    recoveries: new Map(),
    held: false,
    behind: null,
    behindSinceMs: 0,
    ready: new Map(),
    readyEpoch: 0n,
    positionEpoch: 0n,
    pledged: null,
    applied,
    lastAcks: new Map(),
    dueMs: Number.POSITIVE_INFINITY,
    askAtMs: Number.POSITIVE_INFINITY,
  };
}

function copyOfInstances(instances: RoundsState['instances']): RoundsState['instances'] {
  const copy: RoundsState['instances'] = new Map();
  for (const [number, instance] of instances) copy.set(number, { ...instance, acks: new Map(instance.acks) });
  return copy;
}

export function copyOfRounds(rounds: RoundsState): RoundsState {
  return {
    ...rounds,
    proposals: new Map(rounds.proposals),
    instances: copyOfInstances(rounds.instances),
    early: new Map(rounds.early),
    ended: [...rounds.ended],
    forOthers: rounds.forOthers === null ? null : { ...rounds.forOthers, ended: [...rounds.forOthers.ended] },
    endedWishes: new Map(rounds.endedWishes),
    recoveries: new Map(rounds.recoveries),
    ready: new Map(rounds.ready),
    lastAcks: new Map(rounds.lastAcks),
  };
}

const EPOCH_SHIFT = 32n;

export const firstNumberOf = (epoch: bigint): ProtocolNumber => epoch << EPOCH_SHIFT;
export const epochOf = (number: ProtocolNumber): bigint => number >> EPOCH_SHIFT;

/** For people: "3.17", the 17th protocol of epoch 3. */
export function nameOf(number: ProtocolNumber): string {
  return `${epochOf(number)}.${number & 0xffff_ffffn}`;
}
