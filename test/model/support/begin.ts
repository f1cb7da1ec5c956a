// Where an exploration begins: three nodes that have just started, or the cluster that they become.
import type { ProtocolConfig } from '../../../lib/protocol/types.ts';
import { step } from '../../../lib/protocol/node.ts';
import { clusterOf } from '../../scenarios/support/cluster.ts';
import { newSeat } from '../../scenarios/support/seat.ts';
import { actionsOf, after } from './actions.ts';
import { start } from './drive.ts';
import type { Fault, Model } from './model.ts';

export const configs: readonly ProtocolConfig[] = clusterOf([{ id: 1 }, { id: 2 }, { id: 3 }]);

export function begin(budget: Partial<Record<Fault, number>>): Model {
  const nodes = configs.map(({ self }) => ({
    id: self.node,
    running: false,
    boot: 0n,
    state: null,
    seat: newSeat(0n, 0),
    reservedOnDisk: 0n,
    memberId: null,
    beats: [],
    watches: [],
    up: [],
    condemned: [],
    sessions: {},
    toVote: [],
    deeds: [],
    records: new Map(),
    kept: null,
    key: '',
  }));
  const none = { crash: 0, restart: 0, lapse: 0, breakPipe: 0, move: 0, leave: 0, offline: 0, suspect: 0, refuse: 0 };
  const spent = { ...none, ...budget };
  const model: Model = { step, nowMs: 0, nodes, pipes: {}, announcements: {}, budget: spent, owners: {}, violation: null };
  for (const config of configs) start(model, config);
  return model;
}

/** Manager, standby and client, with standing orders everywhere and nothing on the way. */
export function formed(budget: Partial<Record<Fault, number>>): Model {
  let model = begin({});
  const order = ['deliver', 'hear', 'nodeUp', 'ask', 'tick'];
  for (let steps = 0; steps < 5000 && model.nowMs < 4500; steps++) {
    const actions = actionsOf(model, configs);
    const first = order.map((kind) => actions.find((action) => action.name.startsWith(kind))).find((action) => action !== undefined);
    if (first === undefined) break;
    model = after(model, first);
  }
  return { ...model, budget: { ...model.budget, ...budget } };
}
