// Groups of another configuration (R6): what goes on keeps its seat, its holder and all that is promised of it. Who holds what is
// as ever the engines' business: here it is only said what a holder has, and who is to hold it.
import { addressesOf } from '../membership/networks.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId, ResourceGroup } from '../types.ts';
import { type Group, newGroup, newSeat } from './group.ts';
import { callOffMove } from './move.ts';

/** So long a manager sees to it that a group is with the owner that a change gives it. */
const HAND_OVER_MS = 15_000;

/** Exactly these from now on. */
export function useGroups(turn: Turn, wanted: readonly ResourceGroup[]): void {
  const { state } = turn;
  const before = [...state.groups.values()];
  if (JSON.stringify(before.map(({ config }) => config)) === JSON.stringify(wanted)) return;
  const stays = ({ config }: Group): boolean => wanted.some(({ seat, name }) => seat === config.seat && name === config.name);
  for (const group of before) if (!stays(group)) close(turn, group);
  state.groups = new Map(wanted.map((config) => [config.seat, groupFor(turn, config)]));
  addressesOf(turn);
}

/** Of a group that is new here others may have told this node before: all hear that it knows of no holder, and tell it again. */
function groupFor(turn: Turn, config: ResourceGroup): Group {
  const { state } = turn;
  const group = state.groups.get(config.seat);
  if (group === undefined) {
    const untold = new Map(turn.active().map(({ node }) => [node, turn.nowMs]));
    return { ...newGroup(config, state.unusedSeats.get(config.seat) ?? newSeat(0n)), untold };
  }
  const sameCommands = JSON.stringify(group.config.commands) === JSON.stringify(config.commands);
  return { ...group, config, ...(sameCommands ? {} : { failedAt: [] }) };
}

function close(turn: Turn, group: Group): void {
  const { state } = turn;
  const { seat } = group.config;
  callOffMove(turn, group, `there is no group ${group.config.name} any more`);
  turn.do({ type: 'release', seat, successor: 0 }); // the engine may hold it, though this node has not heard of that yet
  const { promisedEpoch, reservedEpoch, newestOrdersId } = group;
  // Who was to succeed in the old group would take what comes in its seat.
  const installed = group.installed === null ? null : { ...group.installed, chain: [] };
  if (installed !== null) turn.do({ type: 'setOrders', seat, ordersId: installed.ordersId, baseEpoch: installed.baseEpoch, chain: [] });
  state.unusedSeats = new Map(state.unusedSeats).set(seat, { promisedEpoch, reservedEpoch, installed, newestOrdersId });
  state.groups.delete(seat);
  turn.do({ type: 'closeSeat', seat });
}

/** Decided: whoever manages sees to it that groups that are new, or have another owner, go to their owners. */
export function handOver(turn: Turn, before: readonly ResourceGroup[], after: readonly ResourceGroup[]): void {
  for (const [node, group] of withOtherOwners(turn, before, after)) group.handTo = { node, untilMs: turn.nowMs + HAND_OVER_MS };
}

function withOtherOwners({ state }: Turn, before: readonly ResourceGroup[], after: readonly ResourceGroup[]): [NodeId, Group][] {
  return after.flatMap(({ seat, name, holders: [owner] }): [NodeId, Group][] => {
    const old = before.find((each) => each.seat === seat && each.name === name);
    const group = state.groups.get(seat);
    return owner === undefined || group === undefined || old?.holders[0] === owner ? [] : [[owner, group]];
  });
}
