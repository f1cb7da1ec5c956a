// The configurations that a node holds, as the protocols see them (R1, R2): the default one, which edits change, and the
// active one, which runs. Each says which agreement of the cluster it comes from, so that a node that was away knows whose
// is newer. Their text is what nodes send each other; what is in it is the runtime's business.
import type { Times } from './times.ts';
import type { NodeId, ResourceGroup, VirtualAddress } from '../types.ts';

/** A network and who has adapters on it. */
export interface NetworkLayout {
  readonly name: string;
  /** The numbers of its paths. */
  readonly links: readonly number[];
  readonly nodes: readonly NodeId[];
  /** It is on the wire of that one, and has its standby adapters (R9). Left out: it stands by for none. */
  readonly standbyFor?: string;
}

/** A serial line between two nodes. */
export interface LineLayout {
  readonly link: number;
  readonly nodes: readonly NodeId[];
}

/** What protocols must know of a configuration, so that they can go from one to the other and back. */
export interface Layout {
  /** The manager's. */
  readonly addresses: readonly VirtualAddress[];
  /** Left out: none. */
  readonly groups?: readonly ResourceGroup[];
  readonly nodes: readonly NodeId[];
  readonly voters: readonly NodeId[];
  /** Number of this set of voters: grows whenever another set is agreed on (safety.md, 'Words'). */
  readonly voterSet: number;
  /** The one that is active at a start first, then the one that stands by. Left out: they do not change. */
  readonly networks?: readonly NetworkLayout[];
  /** Left out: none. */
  readonly lines?: readonly LineLayout[];
  /** Left out: they do not change. */
  readonly times?: Times;
}

export interface Held {
  /** Of the peer protocol that the cluster agreed on it by; 0: it is this node's file. */
  readonly number: bigint;
  /** For people. */
  readonly version: number;
  /** Equal where topology, resources and settings are. */
  readonly digest: string;
  readonly text: string;
}

export interface Active extends Held {
  readonly layout: Layout;
}

export interface Configurations {
  readonly default: Held;
  readonly active: Active;
  /** The highest version that this node has heard of: the next one is above it. */
  readonly versionMax: number;
}

/** Where a node stands, to its manager and back. */
export interface Configured {
  readonly default: bigint;
  readonly active: bigint;
  readonly versionMax: number;
}

export function configuredOf({ default: wanted, active, versionMax }: Configurations): Configured {
  return { default: wanted.number, active: active.number, versionMax };
}
