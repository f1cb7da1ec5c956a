// A member that is away for a while (003): it has said so before, and is expected back. It keeps its membership and role;
// it never keeps an address. Silence within the announced time is no failure; beyond it, it is one like any other.
import type { ProtocolNumber } from '../rounds/state.ts';
import type { NodeId } from '../types.ts';

/** The longest pause that a node may announce: a time-out of the engine is an hour at most. */
export const PAUSE_MS_MAX = 1_800_000;

/** As the others know it. */
export interface Away {
  readonly reason: string;
  /** As announced. */
  readonly forMs: number;
  /** By the clock of the node that keeps it. */
  readonly untilMs: number;
  /** Protocols that were open already wait for its ACKs until then (V5). */
  readonly responseUntilMs: number;
  /** It managed, and gets management back after its catch-up (V4). */
  readonly managed: boolean;
  /** The last operation that it had done when it said so: later ones are kept for it (V5). */
  readonly applied: ProtocolNumber;
  /**
   * It has said so itself, and will say that it is back. A row of the manager's table that says otherwise, or something else, is
   * older: the manager may have written it before it heard of the pause, and has a way of its own to us.
   */
  readonly isFirstHand: boolean;
}

/** A sentence per stage of the node that is away itself. */
export const absenceStages = {
  telling: 'the others to note that this node will be away',
  handingOver: 'the successor to manage while this node is away',
  away: 'the end of the announced pause',
  returning: 'the manager to hear that this node is back',
  catchingUp: 'what this node has missed',
} as const;

export interface Absence {
  readonly stage: keyof typeof absenceStages;
  readonly reason: string;
  readonly forMs: number;
  readonly responseMs: number;
  readonly managed: boolean;
  readonly policy: 'move' | 'keep';
  readonly sinceMs: number;
  /** Of this stage. */
  readonly deadlineMs: number;
  /** When the pause ends at the latest. */
  readonly untilMs: number;
  /** All are told a second time: what was owned has been moved, and the machine stops now. */
  readonly isLast: boolean;
  /** Whose note is still awaited. */
  readonly awaited: readonly NodeId[];
  /** Of the command; null: it is answered. */
  readonly id: number | null;
}
