// At the manager: the standing orders of a group. The chain is the configured one, as far as its nodes are here, without
// whoever holds the group now; so the engines hand it on in that order without asking anybody.
import { ballotsNeeded } from '../quorum.ts';
import { answer, openRound, without } from '../rounds/round.ts';
import type { Turn } from '../membership/turn.ts';
import type { Epoch, NodeId } from '../types.ts';
import { type Group, raiseGroupPromised } from './group.ts';
import { installGroup } from './install.ts';
import type { GroupMessage } from './messages.ts';

/** The upper bits of an orders id are the epoch of the manager who wrote it, so that a later manager's are newer. */
const COUNT_BITS = 16n;

/** In unmanaged periods. */
const AGAIN_PERIODS = 5;

export interface View {
  readonly state: Turn['state'];
}

/** So many beat time-outs, and at least so many ms, a successor's engine gets to act by itself. */
const PATIENCE_TIMEOUTS = 3;
const PATIENCE_MS_MIN = 500;

export function patienceMs({ state }: View): number {
  return Math.max(PATIENCE_TIMEOUTS * state.beatTimeoutMs, PATIENCE_MS_MIN);
}

/** The view has changed: whoever is gone is not awaited. */
export function forgetGone(turn: Turn, group: Group): void {
  const { orders } = group;
  if (orders === null) return;
  const gone = orders.round.awaited.filter((node) => node !== turn.state.self.node && !isHere(turn, node));
  if (gone.length > 0) group.orders = { ...orders, round: gone.reduce(without, orders.round) };
}

/** Could this node take a group now? */
export function isHere({ state }: View, node: NodeId): boolean {
  if (node === state.self.node) return state.role !== 'offline' && state.leaving.length === 0 && state.absence === null;
  const member = state.members.get(node);
  return member?.phase === 'active' && member.away === null && (member.retiringEpoch === 0n || member.retiringEpoch !== state.epoch);
}

/** Its commands have not failed there, either. */
export function mayTake(view: View, group: Group, node: NodeId): boolean {
  return isHere(view, node) && !group.failedAt.includes(node);
}

/** Is the group in the hands of a member? One that is away keeps it for as long as its lease runs. */
export function isHeld({ state }: View, group: Group): boolean {
  if (group.holder === null || group.lapsed) return false;
  if (group.holder === state.self.node) return group.owns === 'owned' || group.owns === 'releasing';
  return state.members.get(group.holder)?.phase === 'active';
}

/**
 * A voter that has restarted refuses all that it may have promised before. The holder goes above that in place, while the
 * others renew its lease; else its successor could not count on that voter (safety.md, 'Leases' 5).
 */
export function wantsRaise(view: View, group: Group): boolean {
  return isHeld(view, group) && group.promisedEpoch > group.epoch && view.state.config.quorum !== 'none';
}

function chainOf(turn: Turn, group: Group): NodeId[] {
  const target = group.move?.target ?? null;
  const here = group.config.holders.filter((node) => node !== group.holder && mayTake(turn, group, node));
  const others = target !== null && here.includes(target) ? [target, ...here.filter((node) => node !== target)] : here;
  if (group.holder === null || (!isHere(turn, group.holder) && !isHeld(turn, group))) return others;
  // A holder that lost its lease, or that is to stand anew in place.
  return wantsRaise(turn, group) ? [group.holder, ...others] : isHeld(turn, group) ? others : [...others, group.holder];
}

/** A successor is at it, under the orders that stand: others would only be in its way. */
function isChangingHands(turn: Turn, { epoch, vacantSinceMs }: Group): boolean {
  return epoch !== 0n && vacantSinceMs !== null && turn.nowMs < vacantSinceMs + patienceMs(turn);
}

const sameChain = (left: readonly NodeId[], right: readonly NodeId[]): boolean =>
  left.length === right.length && left.every((node, index) => node === right[index]);

const later = (left: Epoch, right: Epoch): Epoch => (left > right ? left : right);

/** Writes new orders if they would differ, or if a voter has come that has none. */
export function refreshGroupOrders(turn: Turn, group: Group): void {
  const { state } = turn;
  const chain = chainOf(turn, group);
  const baseEpoch = later(group.promisedEpoch, group.epoch);
  const { orders } = group;
  // One that is away is not awaited either (forgetGone): it gets its orders when it is back.
  const others = turn.active().flatMap(({ node }) => (isHere(turn, node) ? [node] : []));
  const voters = [...others, state.self.node].filter((node) => turn.isVoter(node));
  const known = [...(orders?.round.yes ?? []), ...(orders?.round.no ?? []), ...(orders?.round.awaited ?? [])];
  const covered = voters.every((node) => known.includes(node));
  if (orders !== null && isChangingHands(turn, group)) return;
  if (orders !== null && covered && sameChain(orders.chain, chain) && orders.baseEpoch === baseEpoch) return;
  group.newestOrdersId = later(group.newestOrdersId + 1n, (state.epoch << COUNT_BITS) + 1n);
  const ordersId = group.newestOrdersId;
  const round = openRound(`standing orders ${ordersId} of group ${group.config.name}`, voters, turn.nowMs);
  group.orders = { ordersId, baseEpoch, chain, round, askedMs: turn.nowMs };
  for (const node of voters) ask(turn, group, node);
}

/** When voters that have not installed them are asked again: a disk may work again, a message may have come at a wrong moment. */
export function askAgainAtMs({ state }: View, { orders }: Group): number {
  if (orders === null || orders.round.no.length + orders.round.awaited.length === 0) return Number.POSITIVE_INFINITY;
  return orders.askedMs + AGAIN_PERIODS * state.config.unmanagedPeriodMs;
}

export function askAgain(turn: Turn, group: Group): void {
  const { orders } = group;
  if (orders === null || turn.nowMs < askAgainAtMs(turn, group)) return;
  const { no, awaited } = orders.round;
  group.orders = { ...orders, askedMs: turn.nowMs, round: { ...orders.round, no: [], awaited: [...awaited, ...no] } };
  for (const node of [...awaited, ...no]) ask(turn, group, node);
}

function ask(turn: Turn, group: Group, node: NodeId): void {
  if (group.orders === null) return;
  const { ordersId, baseEpoch, chain } = group.orders;
  const { self } = turn.state;
  if (node === self.node) installGroup(turn, group, { from: self.node, ordersId, baseEpoch, chain });
  else turn.send(node, { kind: 'groupOrders', seat: group.config.seat, ordersId, baseEpoch, chain });
}

/** Have so many voters installed them, the first of the chain among them, that they can be carried out? */
export function groupOrdersCount({ state }: View, group: Group): boolean {
  if (group.orders === null) return false;
  const { yes, no, awaited } = group.orders.round;
  const first = group.orders.chain[0];
  return first !== undefined && yes.includes(first) && yes.length >= ballotsNeeded(state.config, yes.length + no.length + awaited.length);
}

/** Would the next ones take it in their order, were its holder to fail now? */
export function areSettled(view: View, group: Group): boolean {
  const { orders } = group;
  if (orders === null || !isHeld(view, group) || wantsRaise(view, group)) return false;
  const { yes, no, awaited } = orders.round;
  return (
    orders.chain.every((node) => yes.includes(node)) &&
    yes.length >= ballotsNeeded(view.state.config, yes.length + no.length + awaited.length)
  );
}

/** At the manager. A voter that has newer orders, or has promised more, makes ours out of date: they are written anew. */
export function onGroupOrdersInstalled(
  turn: Turn,
  from: NodeId,
  group: Group,
  message: Extract<GroupMessage, { kind: 'groupOrdersInstalled' }>,
): void {
  raiseGroupPromised(group, message.promised);
  if (turn.state.role !== 'manager' || group.orders?.ordersId !== message.ordersId) return;
  group.orders = { ...group.orders, round: answer(group.orders.round, from, message.ok) };
  if (message.newestId <= message.ordersId) return;
  group.newestOrdersId = later(group.newestOrdersId, message.newestId);
  group.orders = null;
}
