// A hand-over that is under way: asked for by people, carried out in stages, each with its own deadline.
//
//   preparing ──▶ telling ──▶ releasing ──▶ waiting
//
// The successor is told *before* the seat is released: otherwise its engine may have taken over before its JavaScript
// knows that nobody has failed. It costs a round trip while the addresses are still on, and nothing of the gap.
import type { NodeId } from '../types.ts';

export type Stage = keyof typeof stages;

/** A sentence per stage, as status shows it. */
export const stages = {
  preparing: 'the successor to be ready, and orders that name it to count',
  telling: 'the successor to know',
  releasing: 'the engine to take the addresses off and end its epoch',
  waiting: 'the successor to manage',
} as const;

export interface Pending {
  readonly kind: 'leave' | 'offline' | 'move';
  /** Of the command, asked at node `from` (null: here). Null: the manager's own decision. */
  readonly id: number | null;
  readonly from: NodeId | null;
  /** Null: there is none to hand over to. */
  readonly target: NodeId | null;
  readonly stage: Stage;
  /** Of this stage. */
  readonly sinceMs: number;
  readonly deadlineMs: number;
}

/** The successor is told, or about to be: the seat is not ours for long. */
export function isHandingOver(pending: Pending | null): pending is Pending & { readonly stage: Exclude<Stage, 'preparing'> } {
  return pending !== null && pending.stage !== 'preparing';
}
