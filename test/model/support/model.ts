// Three nodes as a value that can be branched: the real protocol of each, a model of its engine's seat, and what is on
// the way between them. Time stands still but for `tick`, so that every order of what happens in between is a path.
import { createHash } from 'node:crypto';
import type { NodeState, Step } from '../../../lib/protocol/node.ts';
import type { RoundRecord } from '../../../lib/protocol/rounds/state.ts';
import type { Boot, Epoch, Event, NodeId } from '../../../lib/protocol/types.ts';
import type { KeptConfigurations } from '../../scenarios/support/kept-configurations.ts';
import type { Seat } from '../../scenarios/support/seat.ts';
import type { GroupPart } from './groups.ts';
import type { Deed, KeptParameters, Task } from './program.ts';
import type { OldPromise } from './silence.ts';

export interface ModelNode {
  readonly id: NodeId;
  running: boolean;
  boot: Boot;
  state: NodeState | null;
  seat: Seat;
  reservedOnDisk: Epoch;
  /** What its earlier starts had granted: while there is any it is silent as a voter. */
  promises: readonly OldPromise[];
  /** Of the groups whose seats it has met. */
  parts: readonly GroupPart[];
  reservedOfGroups: Readonly<Record<number, Epoch>>;
  /** What it carries with each seat while it owns it; the manager's is 0. */
  lists: Readonly<Record<number, readonly string[]>>;
  /** So many commands of a group may run; all, where it says nothing. */
  limits: Readonly<Record<number, number>>;
  memberId: number | null;
  /** To whom it sends beats; whose silence it judges; whom it takes for alive, and for silent. */
  beats: readonly NodeId[];
  watches: readonly NodeId[];
  up: readonly NodeId[];
  condemned: readonly NodeId[];
  /** With which start of whom it has exchanged keys. */
  sessions: Readonly<Record<NodeId, Boot>>;
  /** Who votes, and how many must agree, as its engine was told. */
  rules: VotingRules;
  /** Work of peer protocols that it has still to do: votes of its program, writing, applying. */
  toVote: readonly Task[];
  /** All that its programs have done, those of earlier starts included. */
  deeds: readonly Deed[];
  /** Its disk, as far as operations go. */
  records: ReadonlyMap<bigint, RoundRecord>;
  kept: bigint | null;
  /** What else is on its disk; replaced, never changed. */
  parameters: KeptParameters;
  configurations: KeptConfigurations;
  /** What a memory tells it by from other states of this node; empty: not asked yet. */
  key: string;
}

export interface VotingRules {
  readonly voterSet: number;
  readonly voters: readonly NodeId[];
  readonly quorum: number;
}

/** A message or, for announcements, the newest datagram. */
export interface Parcel {
  readonly fromBoot: Boot;
  readonly toBoot: Boot;
  readonly content: unknown;
}

export interface Model {
  /** The protocol: as it is, remembered, or with a mistake in it. */
  readonly step: (state: NodeState, event: Event, nowMs: number) => Step;
  nowMs: number;
  nodes: ModelNode[];
  /** "1>2": reliable messages in order. */
  pipes: Readonly<Record<string, readonly Parcel[]>>;
  /** "1>2": the newest announcement. */
  announcements: Readonly<Record<string, Parcel>>;
  /** Faults that may still happen. */
  budget: Readonly<Record<Fault, number>>;
  /** Who has owned an epoch, for good. */
  owners: Readonly<Record<string, NodeId>>;
  violation: string | null;
}

export type Fault = 'crash' | 'restart' | 'lapse' | 'breakPipe' | 'move' | 'leave' | 'offline' | 'suspect' | 'refuse';

export function branch(model: Model): Model {
  const parts = (node: ModelNode): readonly GroupPart[] =>
    node.parts.length === 0 ? node.parts : node.parts.map((part) => ({ ...part, seat: { ...part.seat } }));
  return { ...model, nodes: model.nodes.map((node) => ({ ...node, seat: { ...node.seat }, parts: parts(node), key: '' })) };
}

export function nodeOf(model: Model, id: NodeId): ModelNode {
  const node = model.nodes.find((each) => each.id === id);
  if (node === undefined) throw new Error(`there is no node ${id}`);
  return node;
}

/** Older than this counts as "long ago": two states that differ in nothing else behave alike. */
const LONG_AGO_MS = 20_000;

/** The same for two states that differ only in when all of it happens. */
export function hashOf(model: Model): string {
  const relative = (key: string, value: unknown): unknown => {
    if (key === 'config' || key === 'description' || key === 'nowMs') return undefined;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number' && key.endsWith('Ms')) return Math.max(value - model.nowMs, -LONG_AGO_MS);
    if (value instanceof Map) return [...value].sort(([left], [right]) => Number(left) - Number(right));
    return value;
  };
  return createHash('sha1').update(JSON.stringify(model, relative)).digest('base64');
}
