// Standing orders: what the engines may do without asking. The manager writes them whenever the view changes; each voter
// puts `reserved` on disk before it installs them; they count once a majority has (safety.md, 'Words', 'Leases' 5).
import { candidateOf, inManagerOrder } from './choose.ts';
import { quorumOf } from '../quorum.ts';
import { answer, openRound } from '../rounds/round.ts';
import type { Epoch, NodeId } from '../types.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Turn } from '../membership/turn.ts';

const DISK_FAILED = 'the vote could not be written to disk';

/** Epochs that a voter may vote in without another write. */
export const RESERVE_AHEAD = 8n;

const sameChain = (left: readonly NodeId[], right: readonly NodeId[]): boolean =>
  left.length === right.length && left.every((node, index) => node === right[index]);

/** The standby first, then the other voters that may manage, in the order of C4. */
function chainOf(turn: Turn): NodeId[] {
  const { state } = turn;
  const able = turn.active().filter((member) => member.description.mayManage && !member.description.bridged && isVoter(turn, member.node));
  const others = inManagerOrder(able.map((member) => candidateOf(member.description))).map((candidate) => candidate.node);
  const first = state.standby !== null && others.includes(state.standby) ? [state.standby] : [];
  return [...first, ...others.filter((node) => node !== state.standby)].slice(0, 8);
}

function isVoter(turn: Turn, node: NodeId): boolean {
  return turn.state.config.voters.includes(node);
}

/** Writes new orders if they would differ, or if a voter has come that has none. */
export function refreshOrders(turn: Turn): void {
  const { state } = turn;
  if (state.role !== 'manager' || state.seat === 'none') return;
  const chain = chainOf(turn);
  const voters = turn
    .active()
    .filter((member) => isVoter(turn, member.node))
    .map((member) => member.node);
  const known = state.orders?.round;
  const covered = known !== undefined && voters.every((node) => known.yes.includes(node) || known.awaited.includes(node));
  if (state.orders !== null && covered && sameChain(state.orders.chain, chain) && state.orders.ordersId >> 16n === state.epoch) return;
  state.ordersCount++;
  const ordersId = (state.epoch << 16n) + state.ordersCount;
  const asked = isVoter(turn, state.self.node) ? [...voters, state.self.node] : voters;
  state.orders = { ordersId, chain, round: openRound(`standing orders ${ordersId}`, asked, turn.nowMs) };
  for (const node of voters) turn.send(node, { kind: 'orders', ordersId, baseEpoch: state.epoch, chain });
  if (isVoter(turn, state.self.node)) install(turn, 'own', state.self.node, ordersId, state.epoch, chain);
}

export function ordersCount(turn: { readonly state: Turn['state'] }): boolean {
  const { orders, config } = turn.state;
  return orders !== null && orders.round.yes.length >= quorumOf(config);
}

/** Installs orders, after `reserved` is on disk far enough. `from`: who is to be told. */
export function install(
  turn: Turn,
  kind: 'ballot' | 'orders' | 'own',
  from: NodeId,
  ordersId: bigint,
  baseEpoch: Epoch,
  chain: readonly NodeId[],
): void {
  const { state } = turn;
  const needed = baseEpoch + RESERVE_AHEAD;
  state.unwritten = { kind, from, ordersId, baseEpoch, chain };
  if (state.reservedEpoch >= needed) written(turn, true);
  else turn.do({ type: 'reserve', seat: MANAGER_SEAT, epoch: needed + RESERVE_AHEAD });
}

/** A disk that refused a write is tried again: until one succeeds this node does not vote. */
export function retryDisk(turn: Turn): void {
  const { state, nowMs } = turn;
  if (nowMs < state.diskRetryAtMs) return;
  state.diskRetryAtMs = nowMs + state.config.unmanagedPeriodMs;
  const highest = state.promisedEpoch > state.reservedEpoch ? state.promisedEpoch : state.reservedEpoch;
  turn.do({ type: 'reserve', seat: MANAGER_SEAT, epoch: highest + RESERVE_AHEAD });
}

/** The disk has answered. */
export function onReserved(turn: Turn, epoch: Epoch, ok: boolean): void {
  const { state } = turn;
  if (ok && epoch > state.reservedEpoch) state.reservedEpoch = epoch;
  if (!ok) state.votingOff ??= DISK_FAILED;
  else if (state.votingOff === DISK_FAILED) state.votingOff = null;
  state.diskRetryAtMs = ok ? Number.POSITIVE_INFINITY : turn.nowMs + state.config.unmanagedPeriodMs;
  if (state.unwritten !== null && (!ok || state.reservedEpoch >= state.unwritten.baseEpoch + RESERVE_AHEAD)) written(turn, ok);
}

function written(turn: Turn, ok: boolean): void {
  const { state } = turn;
  const pending = state.unwritten;
  if (pending === null) return;
  state.unwritten = null;
  if (ok)
    turn.do({ type: 'setOrders', seat: MANAGER_SEAT, ordersId: pending.ordersId, baseEpoch: pending.baseEpoch, chain: pending.chain });
  const { promisedEpoch: promised } = state;
  if (pending.kind === 'orders') {
    turn.send(pending.from, { kind: 'ordersInstalled', ordersId: pending.ordersId, ok });
  } else if (pending.kind === 'own') {
    onOrdersInstalled(turn, state.self.node, pending.ordersId, ok);
  } else if (pending.from === state.self.node) {
    if (state.ballots !== null) state.ballots = { ...state.ballots, round: answer(state.ballots.round, state.self.node, ok) };
  } else {
    turn.send(pending.from, { kind: 'ballot', epoch: pending.baseEpoch + 1n, ok, promised, reason: ok ? '' : 'disk' });
  }
}

/** At a voter. */
export function onOrders(turn: Turn, from: NodeId, ordersId: bigint, baseEpoch: Epoch, chain: readonly NodeId[]): void {
  const { state } = turn;
  if (from !== state.manager || !isVoter(turn, state.self.node) || state.role === 'offline') return;
  turn.raisePromised(baseEpoch);
  install(turn, 'orders', from, ordersId, baseEpoch, chain);
}

/** At the manager. */
export function onOrdersInstalled(turn: Turn, from: NodeId, ordersId: bigint, ok: boolean): void {
  const { state } = turn;
  if (state.orders?.ordersId !== ordersId) return;
  state.orders = { ...state.orders, round: answer(state.orders.round, from, ok) };
}

/** A voter was asked above what it has on disk: write, so that the next ask finds it ready. */
export function onReserveNeeded(turn: Turn, epoch: Epoch): void {
  if (epoch + RESERVE_AHEAD > turn.state.reservedEpoch && epoch < turn.state.promisedEpoch + 1000n) {
    turn.do({ type: 'reserve', seat: MANAGER_SEAT, epoch: epoch + RESERVE_AHEAD });
  }
}
