// What a peer protocol must say of itself, so that the one engine here can run it (P1, Q1). Each round is local work of
// every participant and then an ACK of each to all; a failed ACK is a veto, which everybody finds by itself. Where all
// decide for themselves the engine adds the round `confirm`, in which nobody may refuse any more: whoever commits knows
// that all others know that everybody agreed. So a majority can always go on without those that are lost.
import type { Turn } from '../membership/turn.ts';
import type { Ack, Instance, Opening } from './state.ts';

export type WorkResult = { readonly ok: boolean; readonly reason?: string; readonly payload?: unknown } | 'later';

export interface PeerProtocol {
  readonly kind: string;
  /** Names of the rounds, as people see them. At least one. */
  readonly rounds: readonly string[];
  /** Where not every body has all of them. */
  roundsFor?(body: unknown): readonly string[];
  /** Is this a body of this kind? Bodies of other nodes are checked by this before anything else looks at them. */
  accepts(body: unknown): boolean;
  /** `coordinator`: the proposer alone decides after the last round (2PC), and the others wait for it. */
  decider(body: unknown): 'all' | 'coordinator';
  /** What was acknowledged is on disk before it is said. */
  isDurable(body: unknown): boolean;
  /** At the manager, before the opening: null, or why it may not begin. */
  refuses(turn: Turn, body: unknown): string | null;
  /** At the manager, as it is opened: the body with what only the manager knows. */
  complete?(turn: Turn, body: unknown): unknown;
  /** At the manager: may it not run beside `other`? It waits until that one has ended. */
  conflictsWith(body: unknown, other: Opening): boolean;
  /** Local work of a round. `later`: the kind has put an effect that is answered by the event `worked`. */
  work(turn: Turn, instance: Instance, round: number): WorkResult;
  /** At the end of a round, with the ACKs of all: null, or why this round fails although all said ok. All must find the same. */
  judge?(turn: Turn, instance: Instance, acks: readonly Ack[]): string | null;
  /** Decided; in the order of the numbers among the same kind. */
  commit(turn: Turn, instance: Instance): void;
  /**
   * Decided otherwise: whatever the rounds have done here is undone. Also where no round was worked on here (`begun` is
   * false): what the others had done may have come here by another way.
   */
  undo(turn: Turn, instance: Instance): void;
}

/** The rounds of a protocol with `confirm`, where all decide. */
export function roundsOf(protocol: PeerProtocol, body: unknown): readonly string[] {
  const rounds = protocol.roundsFor?.(body) ?? protocol.rounds;
  return protocol.decider(body) === 'all' ? [...rounds, CONFIRM] : rounds;
}

export const CONFIRM = 'confirm';
