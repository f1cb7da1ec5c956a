// A voter that has started anew promises nothing until every lease that it may have granted before is over, and an owner
// counts no promise for longer (safety.md, 'Leases' 1, 5). The model has no clock for that: here is which of the two must come first.
//
//   - what the earlier starts of a voter had promised its owners may count until that voter speaks again;
//   - it speaks when no owner needs those promises any more: each has a majority without them, or has lapsed;
//   - an owner may lapse as soon as those that run and grant are no majority.
import type { Epoch, NodeId } from '../../../lib/protocol/types.ts';
import type { Seat } from '../../scenarios/support/seat.ts';
import { seatsOf } from './groups.ts';
import { type Model, type ModelNode, nodeOf } from './model.ts';

/** Quiet until that is ended by a step of its own. */
const UNTIL_IT_SPEAKS_MS = 1e12;

/** Of an earlier start of a voter. */
export interface OldPromise {
  readonly seat: number;
  readonly owner: NodeId;
  readonly epoch: Epoch;
}

export const NO_PROMISES: readonly OldPromise[] = [];

/** What a node leaves behind when it ends, as far as somebody counts it; to itself it has nothing to keep. */
export function promisesOf(model: Model, node: ModelNode): readonly OldPromise[] {
  const now = [node.seat, ...node.parts.map(({ seat }) => seat)]
    .filter(({ holder, grantedUntilMs }) => holder !== node.id && grantedUntilMs > model.nowMs)
    .map(({ number, holder, promised }) => ({ seat: number, owner: holder, epoch: promised }));
  const before = node.promises.filter((each) => !now.some((other) => isSame(each, other)));
  const counted = [...before, ...now].filter((each) => owned(model, each) !== null);
  return counted.length === 0 ? NO_PROMISES : counted;
}

const isSame = (left: OldPromise, right: OldPromise): boolean =>
  left.seat === right.seat && left.owner === right.owner && left.epoch === right.epoch;

/** Until when a seat that a node meets must be quiet. */
export const quietUntilMs = ({ promises }: { readonly promises: readonly OldPromise[] }): number =>
  promises.length > 0 ? UNTIL_IT_SPEAKS_MS : 0;

/** Does this node count the promises that were made to it for the seat? */
function owned({ nodes }: Model, { seat, owner, epoch }: OldPromise): { readonly node: ModelNode; readonly seat: Seat } | null {
  const node = nodes.find(({ id }) => id === owner);
  const own = node?.running === true ? seatsOf(node).find(({ number }) => number === seat) : undefined;
  return node !== undefined && own?.phase === 'owned' && own.epoch === epoch ? { node, seat: own } : null;
}

/** @param old whose promises of earlier starts count, too */
function isGranted({ nodes, nowMs }: Model, owner: ModelNode, { number, epoch }: Seat, old: (voter: ModelNode) => boolean): boolean {
  const { voters, quorum } = owner.rules;
  const isOwners = ({ seat }: { readonly seat: Seat }): boolean =>
    seat.number === number && seat.holder === owner.id && seat.grantedUntilMs > nowMs;
  const isKept = (each: OldPromise): boolean => isSame(each, { seat: number, owner: owner.id, epoch });
  const grants = (voter: ModelNode): boolean =>
    (voter.running && [voter, ...voter.parts].some(isOwners)) || (old(voter) && voter.promises.some(isKept));
  return nodes.filter((voter) => voters.includes(voter.id) && grants(voter)).length >= quorum;
}

/** Those that run and grant it are no majority any more. */
export function mayLapse(model: Model, owner: ModelNode, seat: Seat): boolean {
  return seat.phase === 'owned' && !isGranted(model, owner, seat, () => false);
}

/** All that it may have promised before is over. */
export function maySpeak(model: Model, voter: ModelNode): boolean {
  if (!voter.running || voter.promises.length === 0) return false;
  return voter.promises.every((promise) => {
    const counting = owned(model, promise);
    return counting === null || isGranted(model, counting.node, counting.seat, (other) => other !== voter);
  });
}

export function speak(model: Model, id: NodeId): void {
  const node = nodeOf(model, id);
  node.promises = NO_PROMISES;
  for (const seat of [node.seat, ...node.parts.map((part) => part.seat)]) seat.quietUntilMs = 0;
}
