// What a node of the model does outside the protocol: its program votes and applies what is committed, its disk keeps
// parameters and configurations. All of it is kept as a list of deeds, so that every state of a walk can be held against
// the rules (V5, P1, R7).
import type { Operation } from '../../../lib/protocol/commit/commit.ts';
import type { ParameterWork } from '../../../lib/protocol/parameters/parameters.ts';
import type { Reconfiguration } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import type { ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import type { ProposalId } from '../../../lib/protocol/rounds/state.ts';
import type { Boot, Effect, NodeId } from '../../../lib/protocol/types.ts';
import type { Worked } from '../../scenarios/support/kept-configurations.ts';
import { narrow, widen } from './groups.ts';
import type { ModelNode } from './model.ts';

export type Task = Extract<Effect, { type: 'work' }>;

/** What its disk has, and by what it beats. */
export interface KeptParameters {
  readonly kept: ParameterSet;
  readonly applied: ParameterSet;
}

/** What a change came to: `text` is the whole of it. */
export interface Taking {
  readonly what: 'take';
  readonly of: 'parameters' | 'default configuration' | 'active configuration';
  readonly number: bigint;
  readonly text: string;
}

export type Deed =
  | { readonly what: 'vote'; readonly number: bigint; readonly ok: boolean; readonly proposal: ProposalId }
  | {
      readonly what: 'apply';
      readonly boot: Boot;
      readonly number: bigint;
      readonly operation: Operation;
      /** Who had to agree; null: the node has forgotten that at once. */
      readonly participants: readonly NodeId[] | null;
    }
  | Taking
  | { readonly what: 'undo'; readonly boot: Boot; readonly number: bigint; readonly durable: boolean }
  | { readonly what: 'hear'; readonly command: number; readonly code: string | null; readonly number: bigint | null };

type ProgramEffect = Extract<Effect, { type: 'work' | 'apply' | 'undone' | 'reply' | 'keepParameters' | 'keepDefault' | 'activate' }>;

export function carryOut(node: ModelNode, effect: ProgramEffect): void {
  const { boot } = node;
  switch (effect.type) {
    case 'work':
      node.toVote = [...node.toVote, effect];
      return;
    case 'apply': {
      const { number, operation } = effect;
      const opening = node.state?.rounds.ended.find((ended) => ended.opening.number === number)?.opening;
      if (operation.durable) node.kept = number;
      return note(node, { what: 'apply', boot, number, operation, participants: opening?.participants.map((each) => each.node) ?? null });
    }
    case 'keepParameters':
      node.parameters = { kept: effect.set, applied: effect.set };
      return take(node, 'parameters', effect.set.version, JSON.stringify(effect.set.settings));
    case 'keepDefault':
      node.configurations = node.configurations.after((next) => next.keepDefault(effect.held));
      return take(node, 'default configuration', effect.held.number, effect.held.text);
    case 'activate':
      node.configurations = node.configurations.after((next) => next.activate(effect.active));
      widen(node);
      return take(node, 'active configuration', effect.active.number, effect.active.text);
    case 'undone':
      return undo(node, effect);
    case 'reply':
      return note(node, { what: 'hear', command: effect.id, code: effect.error?.code ?? null, number: effect.number ?? null });
  }
}

/** Work that succeeds, unless the disk says otherwise. */
export function workOf(node: ModelNode, { kind, number, round, body }: Task): Worked {
  const done: Worked = { ok: true, reason: '', payload: null };
  if (kind === 'commit') return done;
  if (kind === 'parameters') {
    if (round === 1) node.parameters = { ...node.parameters, applied: (body as ParameterWork).set };
    return done;
  }
  const now = node.state?.configurations;
  if (now == null) return { ...done, ok: false, reason: 'it keeps no configuration' };
  if (kind === 'reconfigure') narrow(node, body as Reconfiguration, round);
  let worked = done;
  node.configurations = node.configurations.after((next) => {
    worked = next.work(number, kind, round, body, now);
  });
  return worked;
}

function undo(node: ModelNode, { kind, number, body }: Extract<Effect, { type: 'undone' }>): void {
  if (kind === 'parameters') node.parameters = { ...node.parameters, applied: node.parameters.kept };
  if (kind === 'reconfigure') node.configurations = node.configurations.after((next) => next.undone(number));
  if (kind === 'reconfigure') widen(node);
  note(node, { what: 'undo', boot: node.boot, number, durable: kind !== 'commit' || (body as Operation).durable });
}

function take(node: ModelNode, of: Taking['of'], number: bigint, text: string): void {
  note(node, { what: 'take', of, number, text });
}

export function note(node: ModelNode, deed: Deed): void {
  node.deeds = [...node.deeds, deed];
}
