// A walk through all orders of what can happen to proposals of a formed cluster while time stands still, up to the loss of
// what the bounds allow; from the ends on, one order and time. What must hold is given.
import { undecidedNumbers } from '../../../lib/protocol/rounds/progress.ts';
import { epochOf } from '../../../lib/protocol/rounds/state.ts';
import type { NodeId, ProtocolConfig } from '../../../lib/protocol/types.ts';
import { type Action, type Expiry, withoutTime, workAll } from './actions.ts';
import { Foreseen } from './foreseen.ts';
import { type Exploration, explore } from './explore.ts';
import { Memory } from './memory.ts';
import type { Model } from './model.ts';
import { ownershipBroken } from './ownership.ts';

export interface Ways {
  readonly configs: readonly ProtocolConfig[];
  /** `at once`: what a node has to do itself it does before anything else happens. */
  readonly votes: 'at once' | 'late';
  /** May messages of a node come after it was found to be silent? Else they are lost then. */
  readonly lateMail: boolean;
  /** Who may be lost. */
  readonly losable: readonly NodeId[];
  readonly expiry: Expiry;
  readonly statesMax: number;
  /** Each state is made, to see that those that are foreseen (foreseen.ts) are right. */
  readonly isPlain?: boolean;
  /** One in so many ends is looked at until all is healed. */
  readonly endsEach: number;
  /** What must never be. */
  readonly broken: (model: Model) => string | null;
  /** What must not be left where nothing more can happen but that time passes. */
  readonly unfinished: (model: Model) => string | null;
}

/** @param begin the first state, of nodes that step by this */
export function walkThrough(begin: (step: Model['step']) => Model, step: Model['step'], ways: Ways): Exploration {
  const memory = new Memory(step);
  let ends = 0;
  return explore(begin(memory.step), {
    actions: (model) => actionsOf(model, ways),
    keyOf: (model) => memory.keyOf(model),
    ...(ways.isPlain === true ? {} : { foresees: new Foreseen(memory) }),
    broken: (model) => ownershipBroken(model) ?? ways.broken(model),
    isEnd,
    brokenAtEnd: (model) => (ends++ % ways.endsEach === 0 ? ways.unfinished(model) : null),
    statesMax: ways.statesMax,
  });
}

function actionsOf(model: Model, ways: Ways): Action[] {
  return orders(model, ways).filter(({ name }) => !name.startsWith('crash') || ways.losable.includes(Number(name.slice('crash '.length))));
}

function orders(model: Model, { configs, votes, lateMail, expiry }: Ways): Action[] {
  if (isOver(model)) return [];
  const actions = withoutTime(model, configs, expiry).map((action) => (lateMail ? action : withoutLateMail(action)));
  // Nothing comes between it and what it makes somebody do: one step is enough.
  if (votes === 'at once' && model.budget.refuse === 0) return actions.map(withWork);
  const vote = votes === 'late' ? undefined : actions.find(({ name }) => name.startsWith('vote'));
  if (vote === undefined) return actions;
  return [vote, ...actions.filter(({ name }) => name === vote.name.replace('vote', 'refuse'))];
}

function withWork({ name, run }: Action): Action {
  return {
    name,
    run: (next) => {
      run(next);
      workAll(next);
    },
  };
}

function withoutLateMail({ name, run }: Action): Action {
  const [, silent, at] = /^nodeDown (\d+) at (\d+)$/.exec(name) ?? [];
  if (silent === undefined) return { name, run };
  return {
    name,
    run: (next) => {
      next.pipes = { ...next.pipes, [`${silent}>${at}`]: [] };
      run(next);
    },
  };
}

/** A node is lost, and the others know what became of all that was opened before: what is tried again is not walked. */
function isOver({ nodes }: Model): boolean {
  if (nodes.every(({ running }) => running)) return false;
  const isRunning = (id: NodeId | null): boolean => nodes.some((node) => node.id === id && node.running);
  const states = nodes.flatMap(({ state }) => (state === null ? [] : [state]));
  const inDoubt = states.flatMap((state) => undecidedNumbers(state)).some((number) => epochOf(number) === 1n);
  return !inDoubt && states.every(({ manager }) => isRunning(manager)) && states.some(({ rounds }) => rounds.ended.length > 0);
}

/** Nothing happens any more, unless somebody gets what a dead node has sent: that may be lost. */
function isEnd(model: Model, actions: readonly Action[]): boolean {
  const alive = model.nodes.filter(({ running }) => running).map(({ id }) => `deliver ${id}>`);
  return actions.every(({ name }) => name.startsWith('deliver') && !alive.some((from) => name.startsWith(from)));
}
