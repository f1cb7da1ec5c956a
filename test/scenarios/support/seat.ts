// A model of what the native engine does with a seat, the manager's or a group's, small enough to be read beside a transcript: one
// voter's register and one owner's lease. The simulator runs the real engine; here only the protocols are real.
import type { Epoch, NodeId } from '../../../lib/protocol/types.ts';

export interface Seat {
  /** 0: the manager's. */
  readonly number: number;
  /** There is a group with it; what it has promised stays promised when there is none any more. */
  exists: boolean;
  voting: boolean;
  /** Highest epoch that was promised, and to whom; 0: to nobody any more. */
  promised: Epoch;
  promisedTo: NodeId;
  reserved: Epoch;
  quietUntilMs: number;
  ordersId: bigint;
  baseEpoch: Epoch;
  chain: readonly NodeId[];
  holder: NodeId;
  grantedUntilMs: number;
  /** As an owner. `closing`: it releases. */
  phase: 'none' | 'owned' | 'lapsed';
  epoch: Epoch;
  expiresMs: number;
  standing: boolean;
  /** A planned move invites us to take this epoch. */
  invited: Epoch;
}

export type Answer = 'yes' | 'held' | 'epoch_old' | 'orders' | 'quiet' | 'reserve' | 'unfit';

/** For the lines of a transcript. */
export const nameOfSeat = ({ number }: Seat): string => (number === 0 ? 'seat' : `seat ${number}`);

export function newSeat(number: number, reserved: Epoch, quietUntilMs: number): Seat {
  return {
    number,
    exists: number === 0,
    voting: true,
    promised: reserved,
    promisedTo: 0,
    reserved,
    quietUntilMs,
    ordersId: 0n,
    baseEpoch: 0n,
    chain: [],
    holder: 0,
    grantedUntilMs: 0,
    phase: 'none',
    epoch: 0n,
    expiresMs: 0,
    standing: false,
    invited: 0n,
  };
}

export function installOrders(seat: Seat, ordersId: bigint, baseEpoch: Epoch, chain: readonly NodeId[]): void {
  if (ordersId < seat.ordersId) return;
  Object.assign(seat, { ordersId, baseEpoch, chain });
}

/** A voter hears an owner: grants it the lease, or not. A lapsed owner asks for its old epoch again. */
export function onClaim(seat: Seat, owner: NodeId, epoch: Epoch, leaseMs: number, nowMs: number): boolean {
  const old = epoch < seat.promised || (epoch === seat.promised && seat.promisedTo !== owner);
  const held = seat.grantedUntilMs > nowMs && seat.holder !== owner;
  if (!seat.voting || nowMs < seat.quietUntilMs || old || held || epoch > seat.reserved) return false;
  Object.assign(seat, { promised: epoch, promisedTo: owner, holder: owner, grantedUntilMs: nowMs + leaseMs });
  return true;
}

/** A voter hears that an owner has released; its own vote goes to the successor, if it is the owner itself. */
export function onReleased(seat: Seat, owner: NodeId, epoch: Epoch): void {
  if (seat.holder === owner) seat.grantedUntilMs = 0;
  if (epoch >= seat.promised) Object.assign(seat, { promised: epoch, promisedTo: 0 });
}

export function wouldAnswer(seat: Seat, candidate: NodeId, epoch: Epoch, ordersId: bigint, nowMs: number): Answer {
  if (!seat.voting) return 'unfit';
  if (nowMs < seat.quietUntilMs) return 'quiet';
  const named = seat.chain.indexOf(candidate);
  if (ordersId < seat.ordersId) return 'orders';
  if (ordersId === seat.ordersId && (named < 0 || seat.baseEpoch + 1n + BigInt(named) !== epoch)) return 'orders';
  if (epoch < seat.promised || (epoch === seat.promised && seat.promisedTo !== candidate)) return 'epoch_old';
  if (seat.grantedUntilMs > nowMs && seat.holder !== candidate) return 'held';
  return epoch > seat.reserved ? 'reserve' : 'yes';
}

export function vote(seat: Seat, candidate: NodeId, epoch: Epoch, leaseMs: number, nowMs: number): void {
  Object.assign(seat, { promised: epoch, promisedTo: candidate, holder: candidate, grantedUntilMs: nowMs + leaseMs });
}

/** The epoch that `self` may ask for now, or null. Successor k leaves k intervals to those before it. */
export function wantedEpoch(seat: Seat, self: NodeId, intervalMs: number, nowMs: number): Epoch | null {
  const position = seat.chain.indexOf(self);
  const epoch = seat.baseEpoch + 1n + BigInt(position);
  if (position < 0 || !seat.voting || epoch <= seat.promised || epoch > seat.reserved || nowMs < seat.quietUntilMs) return null;
  if (seat.phase === 'owned' && !seat.standing) return null;
  const invited = seat.invited === epoch;
  const heardOwner = seat.holder !== 0 && seat.holder !== self;
  if (!seat.standing && !invited && !heardOwner) return null;
  const free = !heardOwner || nowMs >= seat.grantedUntilMs + (invited ? 0 : position * intervalMs);
  return free ? epoch : null;
}
