// Changes of parameters and of the configuration that are proposed at once, all from what holds at the beginning, in a formed
// cluster; and what must hold of them: all or none, one of those that started from the same, everybody answered truly, and at
// the end one set of parameters and one configuration everywhere (P1, P4, R7).
import { EDIT } from '../../../lib/protocol/reconfiguration/edit.ts';
import { hostOf } from '../../../lib/protocol/reconfiguration/layout.ts';
import { RECONFIGURE } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import type { ParameterChange } from '../../../lib/protocol/parameters/parameters.ts';
import { undecidedNumbers } from '../../../lib/protocol/rounds/progress.ts';
import { nameOf } from '../../../lib/protocol/rounds/state.ts';
import { MANAGER_SEAT, type NodeId, type ProtocolConfig } from '../../../lib/protocol/types.ts';
import { clusterOf } from '../../scenarios/support/cluster.ts';
import { KeptConfigurations } from '../../scenarios/support/kept-configurations.ts';
import type { Expiry } from './actions.ts';
import { formed } from './begin.ts';
import { feed } from './drive.ts';
import { groupsUnsettled } from './groups.ts';
import type { Exploration } from './explore.ts';
import { branch, type Fault, type Model, nodeOf } from './model.ts';
import { settled, unhealed, withAll, withoutMailOfTheDead } from './settle.ts';
import { brokenOf } from './takings.ts';
import { walkThrough } from './walk.ts';

/** Long enough for a recovery, shorter than the time to heal. */
const TIMEOUT_MS = 10_000;

export interface Change {
  readonly at: NodeId;
  readonly what: 'parameters' | 'reconfigure' | 'edit';
}

export interface ChangeBounds {
  readonly changes: readonly Change[];
  /** The active configuration, and the default one, in the words of KeptConfigurations. */
  readonly from: string;
  readonly to: string;
  readonly faults: Partial<Record<Fault, number>>;
  /** At once, unless said otherwise. */
  readonly expiry?: Expiry;
  /** Who may be lost: anybody, unless said otherwise. */
  readonly losable?: readonly NodeId[];
  /** Who votes and never manages: nobody, unless said otherwise. */
  readonly clients?: readonly NodeId[];
  readonly statesMax: number;
  readonly endsEach: number;
}

/** @param isPlain nothing is foreseen (walk.ts) */
export function walkChanges(bounds: ChangeBounds, step: Model['step'], isPlain = false): Exploration {
  const { statesMax, endsEach } = bounds;
  const { configs, begin } = beginning(bounds);
  return walkThrough(begin, step, {
    ...{
      configs,
      votes: 'at once',
      lateMail: false,
      expiry: bounds.expiry ?? 'at once',
      losable: bounds.losable ?? [1, 2, 3],
      statesMax,
      endsEach,
      isPlain,
    },
    broken: (model) => brokenOf(model),
    unfinished: (model) => unfinished(model, bounds, configs),
  });
}

interface Beginning {
  readonly configs: readonly ProtocolConfig[];
  /** A formed cluster of nodes that step by this, where all changes were proposed. */
  readonly begin: (step: Model['step']) => Model;
}

/** By all that it depends on: sweeps begin very often in the same way. */
const begun = new Map<string, Pick<Beginning, 'configs'> & { readonly kept: KeptConfigurations }>();

export function beginning(bounds: ChangeBounds): Beginning {
  const key = JSON.stringify([bounds.from, bounds.to, bounds.clients]);
  const { configs, kept } = begun.get(key) ?? configured(bounds);
  begun.set(key, { configs, kept });
  return { configs, begin: (step) => proposed(bounds, configs, kept, step) };
}

function configured(bounds: ChangeBounds): Pick<Beginning, 'configs'> & { readonly kept: KeptConfigurations } {
  const kept = keptOf(bounds);
  const { configurations } = kept;
  const { voters, addresses, networks, groups = [] } = configurations.active.layout;
  const { clients = [] } = bounds;
  const nodes = [1, 2, 3].map((id) => ({ id, preferredRole: clients.includes(id) ? ('client' as const) : ('none' as const) }));
  const names = networks === undefined ? {} : { networks: networks.map(({ name }) => name) };
  const configs = clusterOf(nodes, { configurations, voters, virtualAddresses: addresses, groups, ...names });
  return { configs, kept };
}

function keptOf({ from, to }: ChangeBounds): KeptConfigurations {
  const kept = new KeptConfigurations(from, 'active', [1, 2, 3]);
  if (to !== from) kept.keepDefault({ ...kept.edit(to, null), number: 0n, version: 2 });
  return kept;
}

/** Node 1 manages, 2 stands by. Each change is an other one, and starts from the same. */
function proposed(
  { changes, faults }: ChangeBounds,
  configs: readonly ProtocolConfig[],
  kept: KeptConfigurations,
  step: Model['step'],
): Model {
  const model: Model = { ...branch(formed(faults, configs, kept)), step };
  for (const [index, change] of changes.entries()) {
    const body = bodyOf(model, change, index);
    const id = changes.slice(0, index).filter(({ at }) => at === change.at).length;
    feed(model, change.at, { type: 'command', id, command: { name: 'propose', kind: change.what, body, timeoutMs: TIMEOUT_MS } });
  }
  return model;
}

function bodyOf(model: Model, { at, what }: Change, index: number): unknown {
  const { state, configurations } = nodeOf(model, at);
  const now = state?.configurations;
  if (state === null || now == null) throw new Error(`node ${at} keeps no configuration`);
  if (what === RECONFIGURE) return configurations.reconfiguration(now);
  if (what === EDIT) return configurations.edit(`10.1.0.${110 + index}/24`, now.default.version);
  const value = (20 + index) * 1000;
  const wish = { node: null, pair: null } as const;
  return {
    base: state.parameters.version,
    wishes: [
      { ...wish, name: 'heartbeat.interval', value },
      { ...wish, name: 'messages.retry_timer', value },
    ],
  } satisfies ParameterChange;
}

/** When nothing more can happen but that time passes; and then, with the lost node back. */
export function unfinished(model: Model, bounds: ChangeBounds, configs: readonly ProtocolConfig[]): string | null {
  const alone = settled(withoutMailOfTheDead(model), configs);
  const blocks =
    alone.violation ??
    brokenOf(alone) ??
    (isQuorate(alone) ? (undecidedIn(alone, bounds) ?? unserved(alone) ?? groupsUnsettled(alone)) : null);
  if (blocks !== null) return blocks;
  const together = settled(withAll(alone, configs), configs);
  return (
    together.violation ??
    brokenOf(together) ??
    unhealed(together) ??
    undecidedIn(together, bounds) ??
    differenceIn(together) ??
    groupsUnsettled(together)
  );
}

/** Whoever manages carries what it runs: else it is nobody's. */
function unserved({ nodes }: Model): string | null {
  const manager = nodes.find(({ state }) => state?.role === 'manager');
  const active = manager?.state?.configurations?.active;
  if (manager === undefined || active === undefined) return 'nobody manages';
  const wanted = active.layout.addresses.map(hostOf).sort().join();
  const carried = [...(manager.lists[MANAGER_SEAT] ?? [])].sort().join();
  return carried === wanted ? null : `node ${manager.id} manages with ${carried}, and runs ${active.text}`;
}

/** Of two voters both are needed: where one of them is lost the other one waits. */
function isQuorate({ nodes }: Model): boolean {
  return nodes.every(({ rules }) => nodes.filter(({ id, running }) => running && rules.voters.includes(id)).length >= rules.quorum);
}

function undecidedIn({ nodes }: Model, { changes }: ChangeBounds): string | null {
  for (const { id, state, deeds, boot } of nodes) {
    const [number] = state === null ? [] : undecidedNumbers(state);
    if (number !== undefined) return `node ${id} waits for the outcome of ${nameOf(number)} for ever`;
    if (state === null || boot !== 1n) continue;
    const asked = changes.filter(({ at }) => at === id).length;
    const told = deeds.filter(({ what }) => what === 'hear').length;
    if (told !== asked) return `node ${id} has asked for ${asked} changes, and is told of ${told}`;
  }
  return null;
}

/** At the end, with all nodes: one set of parameters, one configuration, nothing left of any change. */
function differenceIn({ nodes }: Model): string | null {
  const seen = nodes.map(({ id, state, parameters, configurations, rules }) => {
    const { active, default: wanted } = state?.configurations ?? configurations.configurations;
    const { standing } = configurations;
    const wantedAddresses = active.layout.addresses.map(({ address }) => address).sort();
    const addresses = (state?.virtualAddresses ?? []).map(({ address }) => address).sort();
    if (addresses.join() !== wantedAddresses.join()) return `node ${id} has the addresses ${addresses.join()}, and runs ${active.text}`;
    if (standing.number !== active.number || standing.temporary !== null)
      return `node ${id} has ${standing.active} on its disk, something of ${String(standing.temporary)}, and runs ${active.text}`;
    const networks = (active.layout.networks ?? []).map(({ name }) => name).join();
    const [known, open] = [state?.config.networks.join(), configurations.open.join()];
    if (networks !== open) return `node ${id} has the networks ${open} open, and runs ${active.text}`;
    if (networks !== '' && networks !== known) return `node ${id} knows the networks ${known}, and runs ${active.text}`;
    if (parameters.kept.version !== state?.parameters.version || parameters.applied.version !== parameters.kept.version)
      return `node ${id} goes by the parameters ${parameters.applied.version}, and has agreed to ${state?.parameters.version}`;
    if (rules.voterSet !== active.layout.voterSet) return `node ${id} counts by the voters ${rules.voterSet}, and runs ${active.text}`;
    return `parameters ${parameters.kept.version}, ${active.text} by ${active.number}, ${wanted.text} by ${wanted.number}`;
  });
  const other = seen.findIndex((each) => each !== seen[0]);
  return other < 0 ? (seen[0]?.startsWith('node') === true ? seen[0] : null) : `${seen[0]}; at node ${other + 1}: ${seen[other]}`;
}
