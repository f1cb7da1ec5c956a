// At a voter: a group's standing orders on their way into the register. Disk first, as for the manager's seat: a voter must
// know after a restart up to which epoch it may have voted (safety.md, 'Leases' 5).
import { RESERVE_AHEAD } from '../election/install.ts';
import type { Turn } from '../membership/turn.ts';
import type { Epoch, NodeId } from '../types.ts';
import { type Group, type GroupOrders, newestId, raiseGroupPromised } from './group.ts';
import type { GroupMessage } from './messages.ts';
import { onGroupOrdersInstalled } from './orders.ts';

/** Far above what anybody has heard of: no honest ask. */
const EPOCHS_AHEAD_MAX = 1000n;

export function onGroupOrders(turn: Turn, from: NodeId, group: Group, message: Extract<GroupMessage, { kind: 'groupOrders' }>): void {
  const { state } = turn;
  if (from !== state.manager || !turn.isVoter(state.self.node) || state.role === 'offline') return;
  const { ordersId, baseEpoch, chain } = message;
  installGroup(turn, group, { from, ordersId, baseEpoch, chain });
}

export function installGroup(turn: Turn, group: Group, orders: GroupOrders): void {
  raiseGroupPromised(group, orders.baseEpoch);
  if (orders.ordersId < newestId(group)) return respond(turn, group, orders, false);
  const needed = orders.baseEpoch + RESERVE_AHEAD;
  group.unwritten = orders;
  if (group.reservedEpoch >= needed && group.diskRetryAtMs === Number.POSITIVE_INFINITY) written(turn, group, true);
  else turn.do({ type: 'reserve', seat: group.config.seat, epoch: needed + RESERVE_AHEAD });
}

/** The disk has answered. A disk that fails one seat fails all: until a write succeeds this node does not vote. */
export function onGroupReserved(turn: Turn, group: Group, epoch: Epoch, ok: boolean): void {
  const { state, nowMs } = turn;
  if (ok && epoch > group.reservedEpoch) group.reservedEpoch = epoch;
  group.diskRetryAtMs = ok ? Number.POSITIVE_INFINITY : nowMs + state.config.unmanagedPeriodMs;
  if (!ok) state.diskRetryAtMs = Math.min(state.diskRetryAtMs, group.diskRetryAtMs);
  if (group.unwritten !== null && (!ok || group.reservedEpoch >= group.unwritten.baseEpoch + RESERVE_AHEAD)) written(turn, group, ok);
}

export function retryGroupDisk(turn: Turn, group: Group): void {
  if (turn.nowMs < group.diskRetryAtMs) return;
  group.diskRetryAtMs = turn.nowMs + turn.state.config.unmanagedPeriodMs;
  const highest = group.promisedEpoch > group.reservedEpoch ? group.promisedEpoch : group.reservedEpoch;
  turn.do({ type: 'reserve', seat: group.config.seat, epoch: highest + RESERVE_AHEAD });
}

/** A voter was asked above what it has on disk: write, so that the next ask finds it ready. */
export function onGroupReserveNeeded(turn: Turn, group: Group, epoch: Epoch): void {
  if (epoch + RESERVE_AHEAD > group.reservedEpoch && epoch < group.promisedEpoch + EPOCHS_AHEAD_MAX)
    turn.do({ type: 'reserve', seat: group.config.seat, epoch: epoch + RESERVE_AHEAD });
}

function written(turn: Turn, group: Group, ok: boolean): void {
  const orders = group.unwritten;
  if (orders === null) return;
  group.unwritten = null;
  if (ok) {
    const { ordersId, baseEpoch, chain } = orders;
    group.installed = orders;
    if (ordersId > group.newestOrdersId) group.newestOrdersId = ordersId;
    turn.do({ type: 'setOrders', seat: group.config.seat, ordersId, baseEpoch, chain });
  }
  respond(turn, group, orders, ok);
}

function respond(turn: Turn, group: Group, { from, ordersId }: GroupOrders, ok: boolean): void {
  const { seat } = group.config;
  const answer = { kind: 'groupOrdersInstalled', seat, ordersId, ok, newestId: newestId(group), promised: group.promisedEpoch } as const;
  if (from === turn.state.self.node) onGroupOrdersInstalled(turn, from, group, answer);
  else turn.send(from, answer);
}
