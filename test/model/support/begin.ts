// Where an exploration begins: three nodes that have just started, or the cluster that they become.
import type { ProtocolConfig } from '../../../lib/protocol/types.ts';
import { step } from '../../../lib/protocol/node.ts';
import { NOTHING_SET } from '../../../lib/protocol/parameters/settings.ts';
import { engineQuorumOf } from '../../../lib/protocol/quorum.ts';
import { clusterOf } from '../../scenarios/support/cluster.ts';
import { KeptConfigurations } from '../../scenarios/support/kept-configurations.ts';
import { newSeat } from '../../scenarios/support/seat.ts';
import { actionsOf, after } from './actions.ts';
import { start } from './drive.ts';
import { NO_LIMITS, NO_PARTS } from './groups.ts';
import { branch, type Fault, type Model } from './model.ts';
import { NO_PROMISES } from './silence.ts';

export const configs: readonly ProtocolConfig[] = clusterOf([{ id: 1 }, { id: 2 }, { id: 3 }]);

/** @param kept the configurations on every disk; only a cluster whose nodes are told of them by `of` knows any */
export function begin(
  budget: Partial<Record<Fault, number>>,
  of: readonly ProtocolConfig[] = configs,
  kept: KeptConfigurations = new KeptConfigurations('10.1.0.100/24', 'active', [1, 2, 3]),
): Model {
  const nodes = of.map((config) => ({
    id: config.self.node,
    running: false,
    boot: 0n,
    state: null,
    seat: newSeat(0, 0n, 0),
    reservedOnDisk: 0n,
    promises: NO_PROMISES,
    parts: NO_PARTS,
    reservedOfGroups: {},
    lists: {},
    limits: NO_LIMITS,
    memberId: null,
    beats: [],
    watches: [],
    up: [],
    condemned: [],
    sessions: {},
    rules: { voterSet: config.voterSet, voters: config.voters, quorum: engineQuorumOf(config) },
    toVote: [],
    deeds: [],
    records: new Map(),
    kept: null,
    parameters: { kept: NOTHING_SET, applied: NOTHING_SET },
    configurations: kept,
    key: '',
  }));
  const none = { crash: 0, restart: 0, lapse: 0, breakPipe: 0, move: 0, leave: 0, offline: 0, suspect: 0, refuse: 0 };
  const spent = { ...none, ...budget };
  const model: Model = { step, nowMs: 0, nodes, pipes: {}, announcements: {}, budget: spent, owners: {}, violation: null };
  for (const config of of) start(model, config);
  return model;
}

const formedOf = new WeakMap<readonly ProtocolConfig[], Model>();

/**
 * Manager, standby and client, with standing orders everywhere and nothing on the way. @param kept always the same with the same
 * configurations: it is formed once
 */
export function formed(budget: Partial<Record<Fault, number>>, of: readonly ProtocolConfig[] = configs, kept?: KeptConfigurations): Model {
  const model = formedOf.get(of) ?? form(of, kept);
  formedOf.set(of, model);
  return { ...branch(model), budget: { ...model.budget, ...budget } };
}

function form(of: readonly ProtocolConfig[], kept: KeptConfigurations | undefined): Model {
  let model = begin({}, of, kept);
  const order = ['deliver', 'hear', 'nodeUp', 'ask', 'tick'];
  for (let steps = 0; steps < 5000 && model.nowMs < 4500; steps++) {
    const actions = actionsOf(model, of);
    const first = order.map((kind) => actions.find((action) => action.name.startsWith(kind))).find((action) => action !== undefined);
    if (first === undefined) break;
    model = after(model, first);
  }
  return model;
}
