// One ACK round: who was asked, who has answered, who is awaited and since when. Everything that needs several nodes to
// agree is counted with this, so that "what are you waiting for?" has one answer everywhere (Q1, X5). Pure values.
import type { NodeId } from '../types.ts';

export interface Round {
  /** What the round is about, for people: "standing orders 65537". */
  readonly name: string;
  readonly sinceMs: number;
  readonly yes: readonly NodeId[];
  readonly no: readonly NodeId[];
  readonly awaited: readonly NodeId[];
}

export function openRound(name: string, asked: readonly NodeId[], nowMs: number): Round {
  return { name, sinceMs: nowMs, yes: [], no: [], awaited: [...asked] };
}

/** The round after `node` has answered; an answer from somebody who was not asked, or a second one, changes nothing. */
export function answer(round: Round, node: NodeId, agrees: boolean): Round {
  if (!round.awaited.includes(node)) return round;
  return {
    ...round,
    awaited: round.awaited.filter((other) => other !== node),
    yes: agrees ? [...round.yes, node] : round.yes,
    no: agrees ? round.no : [...round.no, node],
  };
}

/** The round without a node that has left the view. */
export function without(round: Round, node: NodeId): Round {
  return { ...round, awaited: round.awaited.filter((other) => other !== node) };
}
