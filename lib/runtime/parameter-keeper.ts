// The node's side of the communication parameters: it puts them into the native engine and onto the disk. While a change is
// under way it waits by the longer of old and new, promises leases for the longer, and beats by the new interval once each
// peer has applied it (P3): so whichever of both comes to hold in the end, nobody is taken for dead on the way.
import type { NativeNode } from '../native.ts';
import { timingBetween, timingOfCluster } from '../protocol/parameters/checking.ts';
import type { ParameterName } from '../protocol/parameters/definitions.ts';
import type { ParameterWork } from '../protocol/parameters/parameters.ts';
import { isSetBetween, type ParameterBase, type ParameterSet, valueAt } from '../protocol/parameters/settings.ts';
import { type BeatTiming, mostPatient } from '../protocol/parameters/timing.ts';
import type { Effect, NodeId } from '../protocol/types.ts';
import { type Agreements, agreementsOver } from './parameter-agreements.ts';

type PeerSettings = Extract<Effect, { type: 'setPeer' }>;
type Answer = (result: { readonly ok: boolean; readonly reason: string }) => void;

/** Where it works. */
export interface ParameterPlace {
  readonly self: NodeId;
  readonly base: ParameterBase;
  readonly nicPolicy: 'first' | 'last';
  /** A witness promises its own lease, whatever is set. */
  readonly hasOwnLease: boolean;
  /** Null, or why this node cannot have them though others can. */
  problemOf(set: ParameterSet): string | null;
}

/** What the keeper moves. */
export interface ParameterHands {
  readonly native: Pick<NativeNode, 'setTiming' | 'setPeer' | 'setMessageParameters' | 'confirmTiming'>;
  /** @returns call it and it is not run */
  after(delayMs: number, run: () => void): () => void;
  /** Before a lease of this length is promised: on disk. @throws what the file system throws */
  allowLease(leaseUs: number): void;
  /** What voters promise at most, and what an owner asks for. */
  setLease(leaseUs: number): void;
  /** On disk. @throws what the file system throws */
  keep(set: ParameterSet): void;
}

const US_PER_MS = 1000;

export class ParameterKeeper {
  readonly #place: ParameterPlace;
  readonly #hands: ParameterHands;
  readonly #peers = new Map<NodeId, PeerSettings>();
  readonly #agreements: Agreements;
  #kept: ParameterSet;
  /** A change that has not ended here. */
  #next: ParameterSet | null = null;

  constructor(place: ParameterPlace, kept: ParameterSet, hands: ParameterHands) {
    this.#place = place;
    this.#kept = kept;
    this.#hands = hands;
    this.#agreements = agreementsOver(hands);
  }

  /** At a start: what was kept, or the file names, is in force; of nothing set, the engine knows the configuration's already. */
  start(): void {
    if (this.#kept.version !== 0n || this.#kept.settings.length > 0) this.#putIn(this.#kept);
  }

  /** Beats to a peer, with what holds between it and this node. */
  setPeer(settings: PeerSettings): void {
    this.#peers.set(settings.node, settings);
    this.#putPeer(settings, this.#next ?? this.#kept);
  }

  /** Round 0: all but the beats. Round 1: the beats, until the participants have applied them. */
  work(round: number, { set, others }: ParameterWork, answer: Answer): void {
    try {
      if (round === 0) {
        const problem = this.#place.problemOf(set);
        if (problem !== null) return answer({ ok: false, reason: problem });
        this.#next = set;
        this.#putIn(this.#kept);
        return answer({ ok: true, reason: '' });
      }
      this.#next = set;
      this.#putIn(set);
    } catch (error) {
      return answer({ ok: false, reason: error instanceof Error ? error.message : String(error) });
    }
    this.#agreements.await(others, (late) =>
      answer({ ok: late.length === 0, reason: late.length === 0 ? '' : `the beats to ${late.join(', ')} could not be changed` }),
    );
  }

  /** The native event `timing_agreed`. */
  agreed(node: NodeId, token: number): void {
    this.#agreements.agreed(node, token);
  }

  /** Decided, or taken from the cluster. @throws what the file system throws: it is in force, and not kept */
  keep(set: ParameterSet): void {
    this.#agreements.end();
    this.#next = null;
    this.#kept = set;
    this.#putIn(set);
    this.#hands.keep(set);
  }

  /** The change has come to nothing. */
  undo(): void {
    this.#agreements.end();
    if (this.#next === null) return;
    this.#next = null;
    this.#putIn(this.#kept);
  }

  stop(): void {
    this.#agreements.end();
  }

  /** @param set whose interval counts; all else is as patient as old and new together */
  #putIn(set: ParameterSet): void {
    const { native } = this.#hands;
    const { base, nicPolicy, self } = this.#place;
    const cluster = this.#patient(set, (each) => timingOfCluster(each, base));
    this.#putLease(cluster.silenceUs);
    native.setTiming(cluster.intervalUs, Math.max(cluster.silenceUs, 2 * cluster.intervalUs), nicPolicy, cluster.answerUs);
    for (const settings of this.#peers.values()) this.#putPeer(settings, set);
    const valueOf = (name: ParameterName): number => valueAt(set, base, name, self);
    native.setMessageParameters({
      fragmentBytesMax: valueOf('messages.fragment_size'),
      retryTimerUs: valueOf('messages.retry_timer'),
      retryTimeMaxMs: valueOf('messages.retry_time_max'),
      queueOverflowThreshold: valueOf('messages.queue_overflow_threshold'),
      sendWindow: valueOf('messages.send_window'),
    });
  }

  #putLease(leaseUs: number): void {
    if (this.#place.hasOwnLease) return;
    this.#hands.allowLease(leaseUs);
    this.#hands.setLease(leaseUs);
  }

  #patient(set: ParameterSet, timingOf: (set: ParameterSet) => BeatTiming): BeatTiming {
    const others = this.#next === null ? [] : [this.#kept, this.#next];
    return others.reduce((timing, other) => mostPatient(timing, timingOf(other)), timingOf(set));
  }

  /** V3's raise, the pair's value, a node's (as set, or as it says of itself), the cluster's: 0, which the engine knows. */
  #putPeer({ node, beat, watch, beatTimeoutMs, beatPackets, silenceMs }: PeerSettings, set: ParameterSet): void {
    const { self, base } = this.#place;
    const isOwn = [set, this.#kept, this.#next ?? set].some((each) => isSetBetween(each, self, node));
    const saysUs = Math.round((beatTimeoutMs ?? 0) * US_PER_MS);
    const says: BeatTiming = { intervalUs: beatPackets === null ? 0 : Math.round(saysUs / beatPackets), silenceUs: saysUs, answerUs: 0 };
    const timing = isOwn ? this.#patient(set, (each) => timingBetween(each, base, self, node)) : says;
    const raisedUs = silenceMs === null ? 0 : Math.round(silenceMs * US_PER_MS);
    const silenceUs = raisedUs === 0 ? timing.silenceUs : Math.max(raisedUs, timing.silenceUs);
    this.#hands.native.setPeer(node, beat, watch, timing.intervalUs, silenceUs, silenceMs === null ? timing.answerUs : raisedUs);
  }
}
