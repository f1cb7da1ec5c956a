// What lies between two configurations, before anything is done: plain data that people read, programs test, and every
// node can make for itself. The words are those of the steps (R5, R6): components are added and set offline, addresses
// acquired and released.
import type { ClusterConfig } from '../config.ts';
import { type Component, componentsOf, type Part, PARTS, type Value } from './components.ts';

export type PlanAction = 'add' | 'set offline' | 'release' | 'acquire' | 'change';

export interface FieldChange {
  readonly field: string;
  /** Null: it had none. */
  readonly from: Value;
  readonly to: Value;
}

export interface PlanStep {
  readonly part: Part;
  readonly action: PlanAction;
  readonly kind: string;
  readonly name: string;
  /** Of `change`; else empty. */
  readonly changes: readonly FieldChange[];
}

export interface Plan {
  /** The parts in which they differ. Empty: nothing is to be done (R4). */
  readonly differs: readonly Part[];
  /** Topology before resources; what is released before what is acquired. */
  readonly steps: readonly PlanStep[];
  /** Goes on as it is: all but settings. */
  readonly unchanged: readonly { readonly part: Part; readonly kind: string; readonly name: string }[];
}

const ORDER: readonly PlanAction[] = ['add', 'change', 'set offline', 'release', 'acquire'];

export function planOf(before: ClusterConfig, after: ClusterConfig): Plan {
  const old = new Map(componentsOf(before).map((component) => [keyOf(component), component]));
  const wanted = componentsOf(after);
  const kept = new Set(wanted.map(keyOf));
  const steps = [
    ...wanted.flatMap((component) => stepTo(old.get(keyOf(component)), component)),
    ...[...old.values()].filter((component) => !kept.has(keyOf(component))).map(stepAway),
  ].sort((left, right) => PARTS.indexOf(left.part) - PARTS.indexOf(right.part) || ORDER.indexOf(left.action) - ORDER.indexOf(right.action));
  const unchanged = wanted
    .filter((component) => component.kind !== 'setting' && component.kind !== 'choice')
    .filter((component) => stepTo(old.get(keyOf(component)), component).length === 0)
    .map(({ part, kind, name }) => ({ part, kind, name }));
  return { differs: PARTS.filter((part) => steps.some((step) => step.part === part)), steps, unchanged };
}

function keyOf({ part, kind, identity }: Component): string {
  return JSON.stringify([part, kind, identity]);
}

function stepTo(old: Component | undefined, wanted: Component): PlanStep[] {
  const { part, kind, name, fields } = wanted;
  if (old === undefined) return [{ part, action: part === 'resources' ? 'acquire' : 'add', kind, name, changes: [] }];
  const changes = Object.entries(fields)
    .map(([field, to]): FieldChange => ({ field, from: old.fields[field] ?? null, to }))
    .filter(({ from, to }) => from !== to);
  return changes.length === 0 ? [] : [{ part, action: 'change', kind, name, changes }];
}

function stepAway({ part, kind, name }: Component): PlanStep {
  return { part, action: part === 'resources' ? 'release' : 'set offline', kind, name, changes: [] };
}
