// What the members of a peer protocol say to each other.
import type { ParameterSet } from '../parameters/settings.ts';
import type { NodeId } from '../types.ts';
import type { Awaited, Ended, Opening, Outcome, ProtocolNumber, Standing } from './state.ts';

export type RoundsMessage =
  /** To the manager: a wish, to be numbered and opened. */
  | { readonly kind: 'wish'; readonly counter: number; readonly protocol: string; readonly body: unknown; readonly timeoutMs: number }
  | { readonly kind: 'wishRefused'; readonly counter: number; readonly reason: string }
  /** It is under way already, under this number. */
  | { readonly kind: 'wishOpened'; readonly counter: number; readonly number: ProtocolNumber }
  | { readonly kind: 'open'; readonly opening: Opening }
  | {
      readonly kind: 'ack';
      readonly number: ProtocolNumber;
      readonly round: number;
      readonly ok: boolean;
      readonly reason: string;
      readonly payload: unknown;
    }
  /** The outcome, to who has acknowledged all rounds, and so has the opening: what it is about may be long. */
  | { readonly kind: 'outcome'; readonly number: ProtocolNumber; readonly outcome: Outcome }
  /** The outcome, to whoever cannot find it by itself. */
  | { readonly kind: 'decision'; readonly ended: Ended }
  /** To the manager, once in each of its epochs: where we stand. */
  | {
      readonly kind: 'position';
      readonly applied: ProtocolNumber;
      readonly inDoubt: readonly Opening[];
      /** Decided here, and waiting for earlier ones. */
      readonly decided: readonly Ended[];
      /** What it takes no part in, and what is in doubt here and goes no further by itself: it has promised an earlier manager not to. */
      readonly listening: readonly Awaited[];
      readonly parameters: ParameterSet;
    }
  /** To a member: what it has missed, and what it must know the outcome of before anything later. `complete`: nothing older is missing. */
  | {
      readonly kind: 'missed';
      readonly ended: readonly Ended[];
      readonly undecided: readonly Awaited[];
      readonly applied: ProtocolNumber;
      readonly complete: boolean;
    }
  | { readonly kind: 'recover'; readonly number: ProtocolNumber; readonly ballot: bigint }
  | { readonly kind: 'standing'; readonly number: ProtocolNumber; readonly ballot: bigint; readonly standing: Standing }
  | {
      readonly kind: 'settle';
      readonly ballot: bigint;
      readonly opening: Opening;
      readonly outcome: Outcome;
    }
  | { readonly kind: 'settled'; readonly number: ProtocolNumber; readonly ballot: bigint }
  /** To the manager: end this protocol, if nobody can have committed it. */
  | { readonly kind: 'cancel'; readonly number: ProtocolNumber; readonly by: NodeId };
