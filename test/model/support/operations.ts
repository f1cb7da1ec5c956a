// Two operations that are proposed at once in a formed cluster, and what must hold of them: agreement, validity, exactly
// once and in one order in every state; and at the end of each path that no living majority waits for an outcome.
import type { Operation } from '../../../lib/protocol/commit/commit.ts';
import { undecidedNumbers } from '../../../lib/protocol/rounds/progress.ts';
import { nameOf } from '../../../lib/protocol/rounds/state.ts';
import type { NodeId } from '../../../lib/protocol/types.ts';
import { Ledger } from '../../simulation/ledger.ts';
import type { Expiry } from './actions.ts';
import { configs, formed } from './begin.ts';
import type { Exploration } from './explore.ts';
import { feed } from './drive.ts';
import { branch, type Fault, type Model } from './model.ts';
import { settled, unhealed, withAll, withoutMailOfTheDead } from './settle.ts';
import { walkThrough } from './walk.ts';

/** Long enough for a recovery, shorter than the time to heal. */
const TIMEOUT_MS = 10_000;

const EVERYBODY: readonly NodeId[] = [1, 2, 3];

export interface Proposal {
  readonly at: NodeId;
  readonly form: Operation['form'];
  readonly durable?: boolean;
}

export interface Bounds {
  readonly proposals: readonly Proposal[];
  /** How many of each kind may happen, at any node and at any time. */
  readonly faults: Partial<Record<Fault, number>>;
  /** `at once`: a program votes before anything else happens at its node. */
  readonly votes: 'at once' | 'late';
  /** Everybody, and late mail, unless said otherwise (walk.ts). */
  readonly losable?: readonly NodeId[];
  readonly lateMail?: boolean;
  /** At once, unless said otherwise. */
  readonly expiry?: Expiry;
  readonly statesMax: number;
  /** One in so many ends is looked at until all is healed. */
  readonly endsEach: number;
}

/** Every order of what can happen while time stands still; from the ends on, one order and time. */
export function walk(bounds: Bounds, step: Model['step']): Exploration {
  return walkThrough((remembered) => proposed(bounds, remembered), step, {
    ...{
      configs,
      votes: bounds.votes,
      lateMail: bounds.lateMail ?? true,
      losable: bounds.losable ?? EVERYBODY,
      expiry: bounds.expiry ?? 'at once',
      statesMax: bounds.statesMax,
      endsEach: bounds.endsEach,
    },
    broken: operationsBroken,
    unfinished: (model) => unfinished(model, bounds.proposals),
  });
}

/** A formed cluster whose programs have just asked for these, all at once; node 1 manages, 2 stands by. */
function proposed({ proposals, faults }: Bounds, step: Model['step']): Model {
  const model: Model = { ...branch(formed(faults)), step };
  for (const [index, { at, form, durable = false }] of proposals.entries()) {
    const body: Operation = { form, durable, name: `operation ${index}`, data: null };
    feed(model, at, { type: 'command', id: index, command: { name: 'propose', kind: 'commit', body, timeoutMs: TIMEOUT_MS } });
  }
  return model;
}

function operationsBroken(model: Model): string | null {
  const ledger = ledgerOf(model);
  return ledger.broken ?? invalid(model);
}

/**
 * The ledger of the simulator, filled with what the programs have done. A dead node counts until it has started anew: only
 * then what is not durable is forgotten.
 */
function ledgerOf({ nodes }: Model): Ledger {
  const starts = new Set(nodes.map(({ id, boot }) => `${id}/${boot}`));
  const ledger = new Ledger((start) => starts.has(start));
  const done = nodes.flatMap(({ id, boot, deeds }) => deeds.map((deed) => ({ id, boot, deed })));
  for (const { deed } of done) if (deed.what === 'vote' && !deed.ok) ledger.refused(deed.number);
  for (const { id, deed } of done) if (deed.what === 'apply') ledger.applied(id, deed.boot, deed.number, deed.operation);
  for (const { id, boot, deed } of done)
    if (deed.what === 'undo' && (deed.durable || deed.boot === boot)) ledger.undone(id, deed.boot, deed.number);
  for (const { deed } of done) if (deed.what === 'hear') ledger.answered(`operation ${deed.command}`, deed.code);
  return ledger;
}

/** What is applied, all its participants have agreed to. */
function invalid(model: Model): string | null {
  for (const { id, deeds } of model.nodes) {
    for (const deed of deeds) {
      if (deed.what !== 'apply') continue;
      const silent = deed.participants?.find((node) => !hasAgreed(model, node, deed.number));
      if (silent !== undefined) return `node ${id} applies ${nameOf(deed.number)}, to which node ${silent} has not agreed`;
    }
  }
  return null;
}

function hasAgreed({ nodes }: Model, id: NodeId, number: bigint): boolean {
  const deeds = nodes.find((node) => node.id === id)?.deeds ?? [];
  return deeds.some((deed) => deed.what === 'vote' && deed.number === number && deed.ok);
}

/** When nothing more can happen but that time passes; and then, with the lost node back. */
function unfinished(model: Model, proposals: readonly Proposal[]): string | null {
  const alone = settled(withoutMailOfTheDead(model), configs);
  const blocks = alone.violation ?? operationsBroken(alone) ?? undecidedIn(alone, proposals);
  if (blocks !== null) return blocks;
  const together = settled(withAll(alone, configs), configs);
  return together.violation ?? operationsBroken(together) ?? unhealed(together) ?? undecidedIn(together, proposals);
}

/** Only a two-phase operation whose coordinator is lost may be waited for. */
function undecidedIn(model: Model, proposals: readonly Proposal[]): string | null {
  const dead = model.nodes.filter(({ running }) => !running).map(({ id }) => id);
  if (proposals.some(({ at, form }) => form === 'two-phase' && dead.includes(at))) return null;
  for (const { id, state, deeds } of model.nodes) {
    const [number] = state === null ? [] : undecidedNumbers(state);
    if (number !== undefined) return `node ${id} waits for the outcome of ${nameOf(number)} for ever`;
    const asked = proposals.flatMap(({ at }, command) => (at === id && !dead.includes(at) ? [command] : []));
    const silent = asked.find((command) => !deeds.some((deed) => deed.what === 'hear' && deed.command === command));
    if (silent !== undefined && model.nodes.every(({ boot }) => boot === 1n))
      return `node ${id} is never told what became of operation ${silent}`;
  }
  return null;
}
