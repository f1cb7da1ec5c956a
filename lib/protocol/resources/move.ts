// A planned move of a group, at the manager: asked for by people, back to its owner, or away from a holder that cannot serve.
// Nobody waits for a time-out: the orders name the target first, the holder closes the addresses, gives its vote to the target
// and ends its epoch, and the target's engine takes over within a round trip.
import { hasCarrier, holdMs, servesOn } from '../membership/fitness.ts';
import { respond } from '../membership/handover.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import type { Group } from './group.ts';
import { groupOrdersCount, isHeld, isHere, mayTake, type View } from './orders.ts';
import { giveUp } from './release.ts';
import { noteFailed } from './seat.ts';

const NEVER = Number.POSITIVE_INFINITY;
const STAGE_TIMEOUTS = 3;
const STAGE_MS_MIN = 2000;
/** After a move of its own that failed the manager lets the group be for so long. */
const REST_MS = 5000;

const stageMs = (turn: Turn): number => Math.max(STAGE_TIMEOUTS * turn.state.beatTimeoutMs, STAGE_MS_MIN);

/** `from`: the node where it was asked, or null. */
export function moveGroup(turn: Turn, id: number | null, from: NodeId | null, name: string, wanted: NodeId | null): void {
  const refuse = (message: string): void => respond(turn, id, from, 'HW_REFUSED', message);
  const group = [...turn.state.groups.values()].find((each) => each.config.name === name);
  if (group === undefined) return refuse(`there is no resource group ${name}`);
  const target = wanted ?? nextOf(turn, group);
  if (target === null) return refuse(`nobody else may hold ${name} now`);
  if (!group.config.holders.includes(target)) return refuse(`node ${target} is neither owner nor successor of ${name}`);
  if (!isHere(turn, target)) return refuse(`node ${target} is no active member`);
  if (turn.state.seat !== 'owned') return refuse('the manager has no majority');
  if (group.move !== null) return refuse(`a move of ${name} is under way`);
  if (group.failedAt.includes(target)) forgiveAt(turn, group, target);
  group.handTo = null; // whatever a change wanted: a person says so now
  if (group.holder === target && isHeld(turn, group)) return respond(turn, id, from, null, '');
  begin(turn, group, id, from, target);
}

/** A person wants it there all the same: what has failed is tried again. */
function forgiveAt(turn: Turn, group: Group, node: NodeId): void {
  if (node === turn.state.self.node) forgive(turn, group);
  else turn.send(node, { kind: 'groupForgive', seat: group.config.seat });
}

/** At the node where they have failed. */
export function forgive(turn: Turn, group: Group): void {
  noteFailed(group, turn.state.self.node, false);
  turn.do({ type: 'forgiveCommands', seat: group.config.seat });
}

/** Its owner; else who comes next in the list. */
function nextOf(turn: Turn, group: Group): NodeId | null {
  return group.config.holders.find((node) => node !== group.holder && mayTake(turn, group, node)) ?? null;
}

function begin(turn: Turn, group: Group, id: number | null, from: NodeId | null, target: NodeId): void {
  group.move = { id, from, target, stage: 'preparing', sinceMs: turn.nowMs, deadlineMs: turn.nowMs + stageMs(turn) };
  group.standAtMs = 0;
}

function end(turn: Turn, group: Group, why: string | null): void {
  const { move } = group;
  if (move === null) return;
  group.move = null;
  if (why !== null) group.moveAtMs = turn.nowMs + REST_MS;
  respond(turn, move.id, move.from, why === null ? null : 'HW_REFUSED', why ?? '');
}

/** The manager's office is over, or the change that it was part of. */
export function callOffMove(turn: Turn, group: Group, why: string): void {
  end(turn, group, why);
}

export function overdueMove(turn: Turn, group: Group): void {
  if (group.move !== null && turn.nowMs >= group.move.deadlineMs) end(turn, group, `${group.config.name} was not handed over in time`);
}

export function advanceGroupMove(turn: Turn, group: Group): void {
  const { state, nowMs } = turn;
  const { move } = group;
  if (move === null) return;
  if (group.holder === move.target && isHeld(turn, group)) return end(turn, group, null);
  if (!isHere(turn, move.target)) return end(turn, group, `node ${move.target} is gone`);
  if (nowMs >= move.deadlineMs) return overdueMove(turn, group);
  const isReady = groupOrdersCount(turn, group) && group.orders?.chain[0] === move.target;
  if (move.stage !== 'preparing' || !isReady || group.holder === null || !isHeld(turn, group)) return;
  group.move = { ...move, stage: 'releasing', sinceMs: nowMs, deadlineMs: nowMs + stageMs(turn) + (group.config.stopMs ?? 0) };
  if (group.holder === state.self.node) giveUp(turn, group, move.target);
  else turn.send(group.holder, { kind: 'groupRelease', seat: group.config.seat, epoch: group.epoch, successor: move.target });
}

/** The networks that its addresses are bound to. Those of the active network move with it instead (C12). */
function canServe({ state }: View, group: Group, node: NodeId): boolean {
  const member = node === state.self.node ? { description: state.self, serves: null } : state.members.get(node);
  const networks = group.config.addresses.map(({ network }) => network).filter((network) => network !== 'active');
  const isFit = (network: string): boolean =>
    member !== undefined && hasCarrier(state.config, member.description, network) && servesOn(member, network);
  return networks.every(isFit);
}

/** Where the manager itself wants the group, and from when on; Infinity: where it is. */
function wish(view: View, group: Group): { readonly node: NodeId; readonly atMs: number; readonly why: string } | null {
  const { holders, failBackAfterMs } = group.config;
  const [owner] = holders;
  if (group.move !== null || group.holder === null || !isHeld(view, group)) return null;
  const hasFailed = group.failedAt.includes(group.holder);
  if (!holders.includes(group.holder)) {
    const heir = holders.find((node) => mayTake(view, group, node) && canServe(view, group, node));
    return heir === undefined ? null : { node: heir, atMs: group.moveAtMs, why: 'its holder is no owner or successor any more' };
  }
  if (hasFailed || !canServe(view, group, group.holder)) {
    const fit = holders.find((node) => node !== group.holder && mayTake(view, group, node) && canServe(view, group, node));
    if (hasFailed) return fit === undefined ? null : { node: fit, atMs: group.moveAtMs, why: 'its commands have failed' };
    const told = view.state.members.get(group.holder)?.describedMs ?? Math.max(...view.state.carrierDown.map(({ sinceMs }) => sinceMs));
    return fit === undefined
      ? null
      : { node: fit, atMs: Math.max(told + holdMs(view), group.moveAtMs), why: 'no carrier on the network of its addresses' };
  }
  const heir = group.handTo?.node ?? group.holder;
  if (heir !== group.holder && mayTake(view, group, heir) && canServe(view, group, heir))
    return { node: heir, atMs: group.moveAtMs, why: 'another owner is configured' };
  if (failBackAfterMs === null || owner === undefined || group.holder === owner || group.ownerHealthySinceMs === null) return null;
  return { node: owner, atMs: Math.max(group.ownerHealthySinceMs + failBackAfterMs, group.moveAtMs), why: 'fail back' };
}

export function wishAtMs(view: View, group: Group): number {
  return wish(view, group)?.atMs ?? NEVER;
}

export function moveAsWished(turn: Turn, group: Group): void {
  const { state, nowMs } = turn;
  const [owner] = group.config.holders;
  const isHealthy =
    owner !== undefined && mayTake(turn, group, owner) && state.members.get(owner)?.stalled !== true && canServe(turn, group, owner);
  // Not as soon as it is there: a member that takes the change up later may hold it as the group that was, and lets go then.
  if (group.handTo !== null && nowMs >= group.handTo.untilMs) group.handTo = null;
  group.ownerHealthySinceMs = isHealthy ? (group.ownerHealthySinceMs ?? nowMs) : null;
  const wanted = wish(turn, group);
  if (wanted === null || nowMs < wanted.atMs) return;
  turn.publish('group-moving', wanted.node, { group: group.config.name, reason: wanted.why });
  begin(turn, group, null, null, wanted.node);
}
