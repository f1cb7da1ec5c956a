// The door of everything about resource groups: each event to the part that handles it, and what is due by now.
import { onUnfit } from '../membership/fitness.ts';
import type { Turn } from '../membership/turn.ts';
import type { Event, NodeId } from '../types.ts';
import type { Group } from './group.ts';
import { onGroupOrders, onGroupReserved, onGroupReserveNeeded, retryGroupDisk } from './install.ts';
import type { GroupMessage } from './messages.ts';
import { advanceGroupMove, callOffMove, forgive, moveAsWished, overdueMove, wishAtMs } from './move.ts';
import { askAgain, askAgainAtMs, forgetGone, onGroupOrdersInstalled, refreshGroupOrders, type View } from './orders.ts';
import { onCommandsOff, onGroupRelease } from './release.ts';
import { noteFailed, noteHolder, onGroupRefused, onGroupSeat, onGroupState, onUntold, tellAgainAtMs, tellGroupState } from './seat.ts';
import { fillVacancy, noteVacancy, onGroupStand, standAtMs } from './vacancy.ts';

export type SeatEvent = Extract<Event, { readonly seat: number }>;

/** Of the seat of a group; a seat that the configuration does not know is left alone. */
export function onGroupEvent(turn: Turn, event: SeatEvent): void {
  const group = turn.state.groups.get(event.seat);
  if (group === undefined) return;
  switch (event.type) {
    case 'seat':
      return onGroupSeat(turn, group, event.news, event.epoch);
    case 'holder':
      return noteHolder(turn, group, event.node, event.epoch);
    case 'refused':
      return onGroupRefused(group, event.answer, event.epoch);
    case 'reserveNeeded':
      return onGroupReserveNeeded(turn, group, event.epoch);
    case 'reserved':
      return onGroupReserved(turn, group, event.epoch, event.ok);
    case 'unfit':
      return onUnfit(turn, event.why, group.config.name);
    case 'commandsOff':
      return onCommandsOff(turn, group);
    case 'commandsFailed':
      return noteFailed(group, turn.state.self.node, true);
  }
}

export function onGroupMessage(turn: Turn, from: NodeId, message: GroupMessage): void {
  const group = turn.state.groups.get(message.seat);
  if (group === undefined) return;
  switch (message.kind) {
    case 'groupOrders':
      return onGroupOrders(turn, from, group, message);
    case 'groupOrdersInstalled':
      return onGroupOrdersInstalled(turn, from, group, message);
    case 'groupStand':
      return onGroupStand(turn, from, group, message.ordersId);
    case 'groupRelease':
      return onGroupRelease(turn, from, group, message.epoch, message.successor);
    case 'groupState':
      return onGroupState(turn, from, group, message);
    case 'groupForgive':
      return from === turn.state.manager ? forgive(turn, group) : undefined;
  }
}

/** A node takes no messages: it is told anew once it does. */
export function onGroupUndeliverable(turn: Turn, node: NodeId): void {
  for (const group of turn.state.groups.values()) onUntold(turn, group, node);
}

/** Groups are ordered only by a manager whose own lease runs. */
const orders = ({ state }: View): boolean => state.role === 'manager' && state.seat === 'owned';

/** Everything that is due by now. */
export function groupsDue(turn: Turn): void {
  for (const group of turn.state.groups.values()) {
    retryGroupDisk(turn, group);
    if (orders(turn)) manage(turn, group);
    else if (turn.state.role === 'manager') overdueMove(turn, group);
    else leaveOffice(turn, group);
    tellGroupState(turn, group);
  }
}

function manage(turn: Turn, group: Group): void {
  noteVacancy(turn, group);
  forgetGone(turn, group);
  moveAsWished(turn, group);
  refreshGroupOrders(turn, group);
  askAgain(turn, group);
  fillVacancy(turn, group);
  advanceGroupMove(turn, group);
}

function leaveOffice(turn: Turn, group: Group): void {
  callOffMove(turn, group, 'this node does not manage any more');
  Object.assign(group, {
    orders: null,
    vacantSinceMs: null,
    standAtMs: 0,
    ownerHealthySinceMs: null,
    moveAtMs: 0,
  } satisfies Partial<Group>);
}

export function groupDeadlinesMs(state: Turn['state']): number[] {
  const view = { state };
  const deadlines: number[] = state.leaving.map(({ deadlineMs }) => deadlineMs);
  for (const group of state.groups.values()) {
    deadlines.push(group.diskRetryAtMs, tellAgainAtMs(view, group), group.move?.deadlineMs ?? Number.POSITIVE_INFINITY);
    if (!orders(view)) continue;
    deadlines.push(standAtMs(view, group), wishAtMs(view, group), askAgainAtMs(view, group));
  }
  return deadlines;
}
