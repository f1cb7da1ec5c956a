// What a node waits for in the matter of resource groups (X5).
import type { NodeState } from '../membership/state.ts';
import type { Waiting } from '../waiting.ts';
import type { Group } from './group.ts';
import { isHere } from './orders.ts';

export function waitingForGroups(state: NodeState): Waiting[] {
  const waiting = [...state.groups.values()].flatMap((group) => [...forOrders(group), ...forHolder(state, group), ...forMove(group)]);
  for (const { kind, sinceMs } of state.leaving)
    waiting.push({ what: `the ${kind}: its groups to have other holders`, nodes: [], sinceMs });
  return waiting;
}

function forOrders({ orders }: Group): Waiting[] {
  if (orders === null || orders.round.awaited.length === 0) return [];
  return [{ what: orders.round.name, nodes: orders.round.awaited, sinceMs: orders.round.sinceMs }];
}

/** At the manager. */
function forHolder(state: NodeState, { config, vacantSinceMs, epoch }: Group): Waiting[] {
  const [owner] = config.holders;
  if (vacantSinceMs === null || owner === undefined) return [];
  const others = config.holders.filter((node) => isHere({ state }, node));
  if (epoch === 0n && !others.includes(owner))
    return [{ what: `the owner of group ${config.name}`, nodes: [owner], sinceMs: vacantSinceMs }];
  return [{ what: `a holder of group ${config.name}`, nodes: others, sinceMs: vacantSinceMs }];
}

function forMove({ config, move }: Group): Waiting[] {
  if (move === null) return [];
  const what = move.stage === 'preparing' ? 'orders that name the next holder first to count' : 'the next holder to have it';
  return [{ what: `the move of group ${config.name}: ${what}`, nodes: [move.target], sinceMs: move.sinceMs }];
}
