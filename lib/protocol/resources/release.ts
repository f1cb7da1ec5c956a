// At the holder: giving a group up in good order, for a move or because this node goes (`leave`, `offline`). The engine closes
// the addresses, ends its epoch and gives its vote to the successor; nobody waits for a time-out.
import type { Turn } from '../membership/turn.ts';
import type { Epoch, NodeId } from '../types.ts';
import type { Group } from './group.ts';

/** How long a node that goes waits for its groups to have holders again, in beat time-outs, and at least. */
const LEAVING_TIMEOUTS = 3;
const LEAVING_MS_MIN = 2000;

export function giveUp(turn: Turn, group: Group, successor: NodeId): void {
  if (group.owns !== 'owned') return;
  group.owns = 'releasing';
  group.releasesTo = successor;
  const { seat, stopMs } = group.config;
  turn.do(stopMs === null ? { type: 'release', seat, successor } : { type: 'stopCommands', seat });
}

/** Its commands run no more. */
export function onCommandsOff(turn: Turn, group: Group): void {
  if (group.owns === 'releasing') turn.do({ type: 'release', seat: group.config.seat, successor: group.releasesTo });
}

/** How long commands may take to stop, of all groups. */
export function longestStopMs({ groups }: Turn['state']): number {
  return Math.max(0, ...[...groups.values()].map(({ config }) => config.stopMs ?? 0));
}

export function onGroupRelease(turn: Turn, from: NodeId, group: Group, epoch: Epoch, successor: NodeId): void {
  if (from === turn.state.manager && group.holder === turn.state.self.node && group.epoch === epoch) giveUp(turn, group, successor);
}

/** The first of our orders, if it may take the very next epoch. */
function successorOf({ installed, epoch }: Group, self: NodeId): NodeId {
  const first = installed?.chain[0];
  return first !== undefined && first !== self && installed?.baseEpoch === epoch ? first : 0;
}

/** Gives up all that this node holds. @returns whether that is anything */
export function giveAllUp(turn: Turn): boolean {
  const held = [...turn.state.groups.values()].filter((group) => group.owns === 'owned' || group.owns === 'releasing');
  for (const group of held) giveUp(turn, group, successorOf(group, turn.state.self.node));
  return held.length > 0;
}

/** This node is about to go: true when its groups are to be handed over first. */
export function handGroupsOver(turn: Turn, id: number, kind: 'leave' | 'offline'): boolean {
  const { state, nowMs } = turn;
  if (state.role === 'offline' || (!giveAllUp(turn) && state.leaving.length === 0)) return false;
  const waitMs = Math.max(LEAVING_TIMEOUTS * state.beatTimeoutMs, LEAVING_MS_MIN) + longestStopMs(state);
  state.leaving = [...state.leaving, { id, kind, sinceMs: nowMs, deadlineMs: nowMs + waitMs }];
  return true;
}

/** Have all groups that were given up here got holders, or is nobody there to take them? */
export function areHandedOver({ state }: { readonly state: Turn['state'] }): boolean {
  const isGone = (group: Group): boolean =>
    group.owns === 'none' && (group.holder !== null || group.epoch === 0n || successorOf(group, state.self.node) === 0);
  return [...state.groups.values()].every(isGone);
}

/** Whatever this node still holds: it goes now. */
export function dropGroups(turn: Turn): void {
  for (const group of turn.state.groups.values()) {
    if (group.owns !== 'none' && group.owns !== 'releasing') turn.do({ type: 'release', seat: group.config.seat, successor: 0 });
    Object.assign(group, { owns: 'none', holder: null, unwritten: null, told: new Map() } satisfies Partial<Group>);
  }
}
