// At a voter: orders and ballots go through one door into the register. Disk first: a voter must know after a restart up
// to which epoch it may have voted (safety.md, 'Leases' 5). Newer orders replace older ones, here as in the engine.
import { answer } from '../rounds/round.ts';
import type { Epoch } from '../types.ts';
import { MANAGER_SEAT } from '../types.ts';
import type { Unwritten } from '../membership/state.ts';
import type { Turn } from '../membership/turn.ts';
import { onOrdersInstalled } from './orders.ts';

/** Epochs that a voter may vote in without another write. */
export const RESERVE_AHEAD = 8n;
/** Far above what anybody has heard of: no honest ask. */
const EPOCHS_AHEAD_MAX = 1000n;
/** The upper bits of an orders id are the epoch in which they were written, so that a later manager's are newer. */
const COUNT_BITS = 16n;

/** Newer than all that are heard of. */
export function newOrdersId(turn: Turn, epoch: Epoch): bigint {
  const { state } = turn;
  const least = (epoch << COUNT_BITS) + 1n;
  state.newestOrdersId = state.newestOrdersId >= least ? state.newestOrdersId + 1n : least;
  return state.newestOrdersId;
}

/** Installs orders, after `reserved` is on disk far enough; then answers whoever wrote them. */
export function install(turn: Turn, orders: Unwritten): void {
  const { state } = turn;
  const known = state.installedOrdersId;
  // The same orders may be sent again; a ballot with the id of others is another candidate's.
  if (orders.ordersId < known || (orders.kind === 'ballot' && orders.ordersId === known)) return respond(turn, orders, false);
  const needed = orders.baseEpoch + RESERVE_AHEAD;
  state.unwritten = orders;
  if (state.reservedEpoch >= needed && !diskFails(state)) written(turn, true);
  else turn.do({ type: 'reserve', seat: MANAGER_SEAT, epoch: needed + RESERVE_AHEAD });
}

/** Until a write succeeds this node does not vote. */
export function diskFails(state: Turn['state']): boolean {
  return state.diskRetryAtMs !== Number.POSITIVE_INFINITY;
}

/** A disk that refused a write is tried again. */
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
  state.diskRetryAtMs = ok ? Number.POSITIVE_INFINITY : turn.nowMs + state.config.unmanagedPeriodMs;
  if (state.unwritten !== null && (!ok || state.reservedEpoch >= state.unwritten.baseEpoch + RESERVE_AHEAD)) written(turn, ok);
}

function written(turn: Turn, ok: boolean): void {
  const { state } = turn;
  const orders = state.unwritten;
  if (orders === null) return;
  state.unwritten = null;
  if (ok) {
    const { ordersId, baseEpoch, chain } = orders;
    state.installedOrdersId = ordersId;
    if (ordersId > state.newestOrdersId) state.newestOrdersId = ordersId;
    turn.do({ type: 'setOrders', seat: MANAGER_SEAT, ordersId, baseEpoch, chain });
  }
  respond(turn, orders, ok);
}

function respond(turn: Turn, orders: Unwritten, ok: boolean): void {
  const { state } = turn;
  const { kind, from, ordersId } = orders;
  const newestId = state.installedOrdersId;
  if (kind === 'orders') turn.send(from, { kind: 'ordersInstalled', ordersId, ok, newestId });
  else if (kind === 'own') onOrdersInstalled(turn, from, ordersId, ok, newestId);
  else if (from !== state.self.node) {
    const epoch = orders.baseEpoch + 1n;
    turn.send(from, { kind: 'ballot', epoch, ok, promised: state.promisedEpoch, newestId, reason: ok ? '' : 'disk' });
  } else if (state.ballots !== null && state.ballots.ordersId === ordersId) {
    state.ballots = { ...state.ballots, round: answer(state.ballots.round, from, ok) };
  }
}

/** A voter was asked above what it has on disk: write, so that the next ask finds it ready. */
export function onReserveNeeded(turn: Turn, epoch: Epoch): void {
  if (epoch + RESERVE_AHEAD > turn.state.reservedEpoch && epoch < turn.state.promisedEpoch + EPOCHS_AHEAD_MAX) {
    turn.do({ type: 'reserve', seat: MANAGER_SEAT, epoch: epoch + RESERVE_AHEAD });
  }
}
