// At the manager: a group that nobody holds. Its successors' engines take over by themselves when they have heard the holder;
// who must be told to stand is the first of the orders at the start of a cluster, after all had lost it, or where a
// successor's engine has not acted in time. Also told: a holder that must stand anew in place (orders.ts, wantsRaise).
import type { Turn } from '../membership/turn.ts';
import type { Group } from './group.ts';
import { groupOrdersCount, isHeld, isHere, patienceMs, type View, wantsRaise } from './orders.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** Between two tries. */
const AGAIN_MS_MIN = 1000;

/** When the first of the orders is told to stand; Infinity: nobody needs to, or nobody can. */
export function standAtMs(view: View, group: Group): number {
  const { state } = view;
  if (!groupOrdersCount(view, group)) return NEVER;
  if (wantsRaise(view, group)) return group.orders?.chain[0] === group.holder ? group.standAtMs : NEVER;
  if (group.vacantSinceMs === null) return NEVER;
  if (group.epoch !== 0n) return Math.max(group.standAtMs, group.vacantSinceMs + patienceMs(view));
  // Nobody has been heard since this node started: the cluster starts, and the owner may still be on its way.
  const [owner] = group.config.holders;
  const waitsForOwner = owner !== undefined && !isHere(view, owner);
  return Math.max(group.standAtMs, waitsForOwner ? state.roleSinceMs + state.config.incorporationTimeoutMs : group.vacantSinceMs);
}

export function noteVacancy(turn: Turn, group: Group): void {
  group.vacantSinceMs = isHeld(turn, group) ? null : (group.vacantSinceMs ?? turn.nowMs);
}

export function fillVacancy(turn: Turn, group: Group): void {
  const { state, nowMs } = turn;
  if (nowMs < standAtMs(turn, group)) return;
  const first = group.orders?.chain[0];
  if (first === undefined || group.orders === null) return;
  group.standAtMs = nowMs + Math.max(patienceMs(turn), AGAIN_MS_MIN);
  const { seat } = group.config;
  if (first === state.self.node) turn.do({ type: 'stand', seat });
  else turn.send(first, { kind: 'groupStand', seat, ordersId: group.orders.ordersId });
}

/** At the one that is told. */
export function onGroupStand(turn: Turn, from: number, group: Group, ordersId: bigint): void {
  const { state } = turn;
  if (from !== state.manager || group.installed?.ordersId !== ordersId || !isHere(turn, state.self.node)) return;
  turn.do({ type: 'stand', seat: group.config.seat });
}
