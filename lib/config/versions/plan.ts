// What lies between two configurations, before anything is done: plain data that people read, programs test, and every
// node can make for itself. The words are those of the steps (R5, R6): components are added and set offline, addresses
// acquired and released, commands started and stopped.
import type { ClusterConfig } from '../config.ts';
import { type Component, componentsOf, type Part, PARTS, type Value } from './components.ts';

/** `restart`: a command that differs, or that comes after one that does in its group. */
export type PlanAction = 'add' | 'set offline' | 'stop' | 'release' | 'acquire' | 'start' | 'restart' | 'change';

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
  /** Of `change` and `restart`; else empty. */
  readonly changes: readonly FieldChange[];
}

export interface Plan {
  /** The parts in which they differ. Empty: nothing is to be done (R4). */
  readonly differs: readonly Part[];
  /** Topology before resources; what is released before what is acquired. */
  readonly steps: readonly PlanStep[];
  /** Goes on as it is: all but settings and parameters. */
  readonly unchanged: readonly { readonly part: Part; readonly kind: string; readonly name: string }[];
}

const ORDER: readonly PlanAction[] = ['add', 'change', 'set offline', 'stop', 'release', 'acquire', 'restart', 'start'];

export function planOf(before: ClusterConfig, after: ClusterConfig): Plan {
  const old = new Map(componentsOf(before).map((component) => [keyOf(component), component]));
  const wanted = componentsOf(after);
  const kept = new Set(wanted.map(keyOf));
  const again = restarted(before, after);
  const change = (component: Component): PlanStep[] => stepTo(old.get(keyOf(component)), component, again);
  const steps = [...wanted.flatMap(change), ...[...old.values()].filter((component) => !kept.has(keyOf(component))).map(stepAway)].sort(
    (left, right) => PARTS.indexOf(left.part) - PARTS.indexOf(right.part) || ORDER.indexOf(left.action) - ORDER.indexOf(right.action),
  );
  const unchanged = wanted
    .filter(({ kind }) => kind !== 'setting' && kind !== 'choice' && kind !== 'parameter')
    .filter((component) => change(component).length === 0)
    .map(({ part, kind, name }) => ({ part, kind, name }));
  return { differs: PARTS.filter((part) => steps.some((step) => step.part === part)), steps, unchanged };
}

function keyOf({ part, kind, identity }: Component): string {
  return JSON.stringify([part, kind, identity]);
}

/** Commands are stopped from the last one down to the first that differs, and started again. By name. */
function restarted(before: ClusterConfig, after: ClusterConfig): ReadonlySet<string> {
  const names = after.resources.flatMap(({ name, seat, commands }) => {
    const old = before.resources.find((group) => group.name === name && group.seat === seat)?.commands ?? [];
    const first = commands.findIndex((command, place) => JSON.stringify(command) !== JSON.stringify(old[place]));
    return first < 0 ? [] : commands.slice(first).map((command) => `${command.name} of ${name}`);
  });
  return new Set(names);
}

function stepTo(old: Component | undefined, wanted: Component, again: ReadonlySet<string>): PlanStep[] {
  const { part, kind, name, fields } = wanted;
  if (old === undefined && part !== 'parameters') return [{ part, action: comes(wanted), kind, name, changes: [] }];
  const changes = Object.entries(fields)
    .map(([field, to]): FieldChange => ({ field, from: old?.fields[field] ?? null, to }))
    .filter(({ from, to }) => from !== to);
  const restarts = kind === COMMAND && again.has(name);
  return changes.length === 0 && !restarts ? [] : [{ part, action: restarts ? 'restart' : 'change', kind, name, changes }];
}

function stepAway({ part, kind, name, fields }: Component): PlanStep {
  if (part === 'parameters')
    return { part, action: 'change', kind, name, changes: [{ field: 'value', from: fields['value'] ?? null, to: null }] };
  const action = kind === COMMAND ? 'stop' : part === 'resources' ? 'release' : 'set offline';
  return { part, action, kind, name, changes: [] };
}

const COMMAND = 'group command';

function comes({ part, kind }: Component): PlanAction {
  if (kind === COMMAND) return 'start';
  return part === 'resources' ? 'acquire' : 'add';
}
