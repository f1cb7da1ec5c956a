// From a program's wish to an opened protocol: the wish goes to the manager, which gives it its number, and so its place
// in the one order of all, and opens it at all active members. Only a manager with a quorum opens anything.
import { isMemberOrTold } from '../membership/incorporation.ts';
import type { Turn } from '../membership/turn.ts';
import { baseOf } from '../parameters/adoption.ts';
import { valueAt } from '../parameters/settings.ts';
import type { NodeId } from '../types.ts';
import { awaitedOf, dueBy, endedWish, isSame, undecided } from './instances.ts';
import { kinds } from './kinds.ts';
import type { RoundsMessage } from './messages.ts';
import { hasQuorum, mayOpen, pledge, readyNodes } from './positions.ts';
import { begin } from './running.ts';
import { firstNumberOf, type Instance, type Opening, type Proposal, type ProposalId, type ProtocolNumber, type Queued } from './state.ts';

/** So many protocols run at a time; more wait. */
const UNDECIDED_MAX = 128;
/** Operations that run, or wait for an earlier one. */
const OPERATIONS_MAX = 256;
const QUEUED_MAX = 4096;
/** A change of parameters or of the configuration is refused for no queue: it may be what mends a threshold that is too low. */
const OF_PROGRAMS = 'commit';
/** After its time, a wish that may have been opened is waited for so long before its outcome counts as unknown. */
const GRACE_MS = 3000;

export function wish(turn: Turn, id: number, kind: string, body: unknown, timeoutMs: number): void {
  const { rounds } = turn.state;
  const protocol = kinds().get(kind);
  if (protocol?.accepts(body) !== true) return turn.reply(id, 'HW_REFUSED', `this is no ${kind} that a cluster can agree on`);
  if (kind === OF_PROGRAMS && tooManyWaitHere(turn)) return turn.reply(id, 'HW_QUEUE_OVERFLOW', `${turn.state.self.node}`);
  const counter = ++rounds.counter;
  rounds.proposals.set(counter, { id, counter, kind, body, timeoutMs, sinceMs: turn.nowMs, sentTo: null, sentEpoch: 0n, number: null });
  dueBy(turn, turn.nowMs + timeoutMs);
}

/**
 * Back-pressure (P2) where a wish needs no message, so that no queue of messages bounds them: at the manager before their turn
 * has come, and anywhere while there is no manager.
 */
function tooManyWaitHere({ state }: Turn): boolean {
  const { rounds, parameters, config, self } = state;
  if (rounds.proposals.size === 0) return false;
  const max = valueAt(parameters, baseOf(config), 'messages.queue_overflow_threshold', self.node);
  if (rounds.proposals.size < max) return false;
  let count = 0;
  for (const { kind, number, sentTo } of rounds.proposals.values())
    if (kind === OF_PROGRAMS && number === null && (sentTo === null || sentTo === self.node)) count++;
  return count >= max;
}

/** We have just become a member: a manager takes no wishes of others, and may have had some of ours before. It opens none twice. */
export function wishAgain({ state }: Turn): void {
  const { proposals } = state.rounds;
  for (const proposal of proposals.values()) if (proposal.number === null) proposals.set(proposal.counter, { ...proposal, sentTo: null });
}

/** To the manager of now, once in each of its epochs, until it is opened. */
export function sendWishes(turn: Turn): void {
  const { rounds, manager, epoch, role, self } = turn.state;
  const managed = manager !== null && (role === 'manager' || role === 'client' || role === 'standby');
  for (const proposal of rounds.proposals.values()) {
    if (proposal.number !== null || !managed || (proposal.sentTo === manager && proposal.sentEpoch === epoch)) continue;
    rounds.proposals.set(proposal.counter, { ...proposal, sentTo: manager, sentEpoch: epoch });
    const { counter, kind, body, timeoutMs } = proposal;
    if (role === 'manager') enqueue(turn, { node: self.node, boot: self.boot, counter }, kind, body, timeoutMs);
    else turn.send(manager, { kind: 'wish', counter, protocol: kind, body, timeoutMs });
  }
}

export function onWish(turn: Turn, from: NodeId, message: Extract<RoundsMessage, { kind: 'wish' }>): void {
  const { counter, protocol, body, timeoutMs } = message;
  const member = turn.state.members.get(from);
  if (turn.state.role !== 'manager' || !isMemberOrTold(turn, from) || member === undefined) return;
  enqueue(turn, { node: from, boot: member.boot, counter }, protocol, body, timeoutMs);
}

function enqueue(turn: Turn, proposal: ProposalId, kind: string, body: unknown, timeoutMs: number): void {
  const { rounds } = turn.state;
  const full = rounds.queued.length >= QUEUED_MAX;
  if (full || kinds().get(kind)?.accepts(body) !== true)
    return refuse(
      turn,
      proposal,
      full ? 'too many wait already' : `the manager does not know the protocol ${kind}, or not this form of it`,
    );
  rounds.queued = [...rounds.queued, { proposal, kind, body, timeoutMs, sinceMs: turn.nowMs }];
}

/** Opened by an earlier manager: whoever asked waits for that one, though he may not have heard of its opening. */
function tellOpened(turn: Turn, { node, counter }: ProposalId, number: ProtocolNumber): void {
  if (node === turn.state.self.node) onOpenedWish(turn, counter, number);
  else turn.send(node, { kind: 'wishOpened', counter, number });
}

export function onOpenedWish(turn: Turn, counter: number, number: ProtocolNumber): void {
  const { rounds } = turn.state;
  const proposal = rounds.proposals.get(counter);
  if (proposal?.number === null) rounds.proposals.set(counter, { ...proposal, number });
}

function refuse(turn: Turn, { node, counter }: ProposalId, reason: string): void {
  if (node === turn.state.self.node) onRefusedWish(turn, counter, reason);
  else turn.send(node, { kind: 'wishRefused', counter, reason });
}

export function onRefusedWish(turn: Turn, counter: number, reason: string): void {
  const { rounds } = turn.state;
  const proposal = rounds.proposals.get(counter);
  if (proposal === undefined || proposal.number !== null) return;
  rounds.proposals.delete(counter);
  turn.reply(proposal.id, 'HW_REFUSED', reason);
}

/** It has not left this node, and nobody will open it: back-pressure (P2), or what no message can carry. */
export function onUnsentWish(turn: Turn, node: NodeId, counter: number, isTooLong: boolean): void {
  const { rounds } = turn.state;
  const proposal = rounds.proposals.get(counter);
  if (proposal === undefined || proposal.number !== null || proposal.sentTo !== node) return;
  rounds.proposals.delete(counter);
  if (isTooLong) turn.reply(proposal.id, 'HW_REFUSED', 'it is longer than a message can be');
  else turn.reply(proposal.id, 'HW_QUEUE_OVERFLOW', `${node}`);
}

/** At the manager: opens what may begin now. What conflicts with one before it waits for that one. */
export function openQueued(turn: Turn): void {
  const { rounds, role } = turn.state;
  if (rounds.queued.length === 0) return;
  if (role !== 'manager') return void (rounds.queued = []); // their owners tell the next manager
  dropOverdue(turn);
  if (!mayOpen(turn)) return;
  const waiting: Queued[] = [];
  let running = undecided(turn);
  for (const queued of rounds.queued) {
    if (running.length >= UNDECIDED_MAX || (queued.kind === 'commit' && rounds.instances.size >= OPERATIONS_MAX)) {
      waiting.push(queued);
      continue;
    }
    if (isKnown(turn, queued.proposal, running)) continue;
    // Whoever asks must hear of the opening, or would ask the next manager for the same again.
    if (!isHere(turn, queued.proposal)) {
      waiting.push(queued);
      continue;
    }
    const refusal = kinds().get(queued.kind)?.refuses(turn, queued.body) ?? null;
    if (refusal !== null) refuse(turn, queued.proposal, refusal);
    else if (mustWait(turn, queued, running, waiting)) waiting.push(queued);
    else {
      open(turn, queued);
      running = undecided(turn);
    }
  }
  rounds.queued = waiting;
}

function dropOverdue(turn: Turn): void {
  const { rounds } = turn.state;
  const isOver = ({ sinceMs, timeoutMs }: Queued): boolean => turn.nowMs >= sinceMs + timeoutMs;
  for (const { proposal } of rounds.queued.filter(isOver)) refuse(turn, proposal, 'its turn has not come in its time');
  rounds.queued = rounds.queued.filter((queued) => !isOver(queued));
}

function isHere(turn: Turn, { node, boot }: ProposalId): boolean {
  const { self } = turn.state;
  return node === self.node || readyNodes(turn).some((ready) => ready.node === node && ready.boot === boot);
}

/** It is under way, or has ended; if only a lost participant ended it, it may begin anew. Else whoever asked is told, though he may have taken it for replaced. */
function isKnown(turn: Turn, proposal: ProposalId, running: readonly Instance[]): boolean {
  const opened = running.find(({ opening }) => isSame(opening, proposal));
  if (opened !== undefined) {
    tellOpened(turn, proposal, opened.opening.number);
    return true;
  }
  const before = endedWish(turn, proposal);
  if (before === undefined || before.outcome.code === 'view') return false;
  if (proposal.node !== turn.state.self.node) turn.send(proposal.node, { kind: 'decision', ended: before });
  if (!before.outcome.committed) refuse(turn, proposal, before.outcome.reason);
  return true;
}

function mustWait({ state }: Turn, { kind, body }: Queued, running: readonly Instance[], before: readonly Queued[]): boolean {
  const protocol = kinds().get(kind);
  if (protocol === undefined) return true;
  // What an earlier manager has opened, and nobody has told us yet, may be anything.
  if (kind !== 'commit' && state.rounds.listening.length > 0) return true;
  if (running.some(({ opening }) => protocol.conflictsWith(body, opening))) return true;
  return before.some((queued) => protocol.conflictsWith(body, asOpening(queued)));
}

const asOpening = ({ proposal, kind, body, timeoutMs }: Queued): Opening => ({
  number: 0n,
  proposal,
  kind,
  body,
  participants: [],
  leftOut: [],
  timeoutMs,
});

function open(turn: Turn, queued: Queued): void {
  const { rounds, epoch, self } = turn.state;
  pledge(turn, self.node, epoch);
  const first = firstNumberOf(epoch);
  rounds.lastNumber = rounds.lastNumber >= first ? rounds.lastNumber + 1n : first + 1n;
  const ready = readyNodes(turn);
  const present = new Set(ready.map(({ node }) => node));
  const opening: Opening = {
    ...asOpening(queued),
    body: kinds().get(queued.kind)?.complete?.(turn, queued.body) ?? queued.body,
    number: rounds.lastNumber,
    participants: [{ node: self.node, boot: self.boot }, ...ready].sort((left, right) => left.node - right.node),
    leftOut: turn
      .active()
      .map(({ node }) => node)
      .filter((node) => !present.has(node)),
  };
  const message: RoundsMessage = { kind: 'open', opening };
  for (const { node } of ready) turn.send(node, message);
  // Who takes no part, and was told already what it must wait for, must wait for this one, too.
  for (const node of opening.leftOut) if (rounds.ready.has(node)) turn.send(node, { kind: 'awaits', undecided: [awaitedOf(opening)] });
  begin(turn, opening);
}

/** Wishes whose time is over: refused where they cannot have been opened, else of unknown outcome. */
export function wishesOverdue(turn: Turn): void {
  const { rounds } = turn.state;
  for (const proposal of [...rounds.proposals.values()]) {
    if (turn.nowMs < wishDeadlineMs(proposal)) continue;
    rounds.proposals.delete(proposal.counter);
    if (proposal.sentTo === null && proposal.number === null) turn.reply(proposal.id, 'HW_REFUSED', reasonWithout(turn));
    else turn.reply(proposal.id, 'HW_OUTCOME_UNKNOWN', 'the others could not be asked in time; it may be decided yet');
  }
}

function reasonWithout(turn: Turn): string {
  if (turn.state.manager === null) return 'there is no manager now';
  return hasQuorum(turn, [turn.state.self.node]) ? 'it has not begun in its time' : 'there is no manager with a majority now';
}

export function wishDeadlineMs({ sentTo, number, sinceMs, timeoutMs }: Proposal): number {
  return sinceMs + timeoutMs + (sentTo === null && number === null ? 0 : GRACE_MS);
}
