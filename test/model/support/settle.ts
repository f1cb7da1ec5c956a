// From any state, when no more faults come and everything that can happen does, the running nodes become one cluster.
import type { ProtocolConfig } from '../../../lib/protocol/types.ts';
import { type Action, actionsOf, after } from './actions.ts';
import { start } from './drive.ts';
import { branch, type Fault, type Model } from './model.ts';

const NO_FAULTS: Readonly<Record<Fault, number>> = {
  crash: 0,
  restart: 0,
  lapse: 0,
  breakPipe: 0,
  move: 0,
  leave: 0,
  offline: 0,
  suspect: 0,
  refuse: 0,
};
const SETTLE_MS = 40_000;
const STEPS_MAX = 20_000;

/** What a node has to do itself, then messages, verdicts, the engines' votes, and time. */
const RANKS: readonly string[] = [
  'vote',
  'deliver',
  'hear',
  'commandsOff',
  'nodeDown',
  'nodeUp',
  'expire',
  'ungranted',
  'speak',
  'regain',
  'ask',
  'tick',
];

const rankOf = (action: Action): number => RANKS.indexOf(action.name.split(' ')[0] ?? '');

/** @returns what is wrong with the cluster after its time to heal, or null */
export function settles(model: Model, configs: readonly ProtocolConfig[]): string | null {
  const last = settled(withAll(model, configs), configs);
  return last.violation ?? unhealed(last);
}

/** What the living have sent each other comes; what is from the dead is lost. */
export function withoutMailOfTheDead(model: Model): Model {
  const dead = model.nodes.filter(({ running }) => !running).map(({ id }) => `${id}>`);
  return { ...model, pipes: Object.fromEntries(Object.entries(model.pipes).filter(([key]) => !dead.some((from) => key.startsWith(from)))) };
}

/** With every node that does not run started. */
export function withAll(model: Model, configs: readonly ProtocolConfig[]): Model {
  const next = branch(model);
  for (const [index, node] of next.nodes.entries()) {
    const config = configs[index];
    if (!node.running && config !== undefined) start(next, config);
  }
  return next;
}

/** After its time to heal, in one of the orders in which that can go; or where it broke. */
export function settled(model: Model, configs: readonly ProtocolConfig[]): Model {
  const way = settling(model, configs);
  for (;;) {
    const { done, value } = way.next();
    if (done === true) return value;
  }
}

/** The way there, state by state; it goes on from the state that is given back, if one is. */
export function* settling(model: Model, configs: readonly ProtocolConfig[]): Generator<Model, Model, Model | undefined> {
  let now: Model = { ...branch(model), budget: NO_FAULTS };
  const untilMs = now.nowMs + SETTLE_MS;
  let vain = new Set<string>();
  for (let steps = 0; now.nowMs < untilMs; steps++) {
    if (steps > STEPS_MAX) return { ...now, violation: 'something happens for ever while time stands still' };
    const [first] = actionsOf(now, configs)
      .filter((action) => !vain.has(action.name))
      .sort((left, right) => rankOf(left) - rankOf(right));
    if (first === undefined) return { ...now, violation: 'nothing can happen any more' };
    // What asks in vain asks again when time has passed.
    if (first.name.startsWith('ask') || first.name.startsWith('regain')) vain.add(first.name);
    if (first.name.startsWith('tick')) vain = new Set();
    const next = after(now, first);
    now = (yield next) ?? next;
    if (now.violation !== null) return now;
  }
  return now;
}

export function unhealed(model: Model): string | null {
  const active = model.nodes.filter((node) => node.state?.role !== 'offline');
  const roles = model.nodes.map((node) => `${node.id} ${node.state?.role ?? 'stopped'}`).join(', ');
  const managers = active.filter((node) => node.state?.role === 'manager');
  if (active.length < 2) return managers.length <= 1 ? null : `too many managers: ${roles}`;
  const [manager] = managers;
  if (managers.length !== 1 || manager === undefined) return `${managers.length} managers: ${roles}`;
  if (manager.seat.phase !== 'owned') return `the manager does not own the seat: ${roles}`;
  if (active.filter((node) => node.state?.role === 'standby').length !== 1) return `no standby, or too many: ${roles}`;
  for (const { id, state } of active) {
    if (state?.role === 'unmanaged') return `node ${id} is not managed: ${roles}`;
    if (state?.manager !== manager.id) return `node ${id} takes ${state?.manager} for its manager: ${roles}`;
    if (id !== manager.id && manager.state?.members.get(id)?.phase !== 'active') return `the manager does not have node ${id}: ${roles}`;
  }
  return null;
}
