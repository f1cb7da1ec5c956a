// What the members of a peer protocol say to each other.
import type { ParameterSet } from '../parameters/settings.ts';
import type { NodeId } from '../types.ts';
import type { Epoch } from '../types.ts';
import type { Awaited, Ended, Known, Opening, Outcome, ProtocolNumber, Standing } from './state.ts';

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
  /** To the manager, once in each of its epochs: where we stand. What the protocols are about is not in it: it may be long. */
  | {
      readonly kind: 'position';
      readonly applied: ProtocolNumber;
      /** As RoundsState. */
      readonly forgottenUpTo: ProtocolNumber;
      readonly takesOver: boolean;
      readonly inDoubt: readonly Known[];
      /** Decided here, and waiting for earlier ones. */
      readonly decided: readonly Known[];
      /** What it takes no part in, and what is in doubt here and goes no further by itself: it has promised an earlier manager not to. */
      readonly listening: readonly Awaited[];
      readonly parameters: ParameterSet;
    }
  /**
   * To a member: operations that it has missed, oldest first, and those that others will want of it which are away. There may
   * be more than one message takes: with the last one it hears what it must know the outcome of before anything later.
   */
  | {
      readonly kind: 'missed';
      /** The last one that it has, as it said. */
      readonly after: ProtocolNumber;
      /** All that were done after this one are told; a later one than `after`: some are missing, and nobody remembers them. */
      readonly since: ProtocolNumber;
      readonly ended: readonly Ended[];
      /** It asks for the rest. */
      readonly more: boolean;
      readonly undecided: readonly Awaited[];
      readonly applied: ProtocolNumber;
      readonly epoch: Epoch;
    }
  /** The answer where there was more: what comes after this one. */
  | { readonly kind: 'missedNext'; readonly after: ProtocolNumber; readonly epoch: Epoch }
  /** To a member that takes no part: what it must know the outcome of before anything later. */
  | { readonly kind: 'awaits'; readonly undecided: readonly Awaited[] }
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
