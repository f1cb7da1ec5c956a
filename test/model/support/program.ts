// The program on a node of the model: it is asked for votes, applies what is committed, and what it has done is kept as a
// list, so that every state of a walk can be held against the rules of operations (V5).
import type { Operation } from '../../../lib/protocol/commit/commit.ts';
import type { Boot, Effect, NodeId } from '../../../lib/protocol/types.ts';
import type { ModelNode } from './model.ts';

export type Deed =
  | { readonly what: 'vote'; readonly number: bigint; readonly ok: boolean }
  | {
      readonly what: 'apply';
      readonly boot: Boot;
      readonly number: bigint;
      readonly operation: Operation;
      /** Who had to agree; null: the node has forgotten that at once. */
      readonly participants: readonly NodeId[] | null;
    }
  | { readonly what: 'undo'; readonly boot: Boot; readonly number: bigint; readonly durable: boolean }
  | { readonly what: 'hear'; readonly command: number; readonly code: string | null };

type ProgramEffect = Extract<Effect, { type: 'work' | 'apply' | 'undone' | 'reply' }>;

export function carryOut(node: ModelNode, effect: ProgramEffect): void {
  const { boot } = node;
  switch (effect.type) {
    case 'work':
      node.toVote = [...node.toVote, effect.number];
      return;
    case 'apply': {
      const { number, operation } = effect;
      const opening = node.state?.rounds.ended.find((ended) => ended.opening.number === number)?.opening;
      if (operation.durable) node.kept = number;
      return note(node, { what: 'apply', boot, number, operation, participants: opening?.participants.map((each) => each.node) ?? null });
    }
    case 'undone':
      return note(node, { what: 'undo', boot, number: effect.number, durable: (effect.body as Operation).durable });
    case 'reply':
      return note(node, { what: 'hear', command: effect.id, code: effect.error?.code ?? null });
  }
}

export function note(node: ModelNode, deed: Deed): void {
  node.deeds = [...node.deeds, deed];
}
