// One protocol at one participant: local work, its ACK to all, and on to the next round once all ACKs are there. Every
// member finds for itself whether a round has succeeded (P1); nobody is asked.
import type { Turn } from '../membership/turn.ts';
import type { Boot, NodeId } from '../types.ts';
import { decide } from './deciding.ts';
import { ackOf, endedOf, instanceOf, newInstance, protocolOf, change, roundNames, undecided } from './instances.ts';
import { CONFIRM, type WorkResult } from './kind.ts';
import { kinds } from './kinds.ts';
import { isOfThePast } from './positions.ts';
import type { RoundsMessage } from './messages.ts';
import type { Ack, Instance, Opening, ProtocolNumber } from './state.ts';

/** ACKs that come before their opening are kept for so many protocols. */
const EARLY_MAX = 256;

const OF_THE_PAST = 'a manager of the past has opened it';
const GOES_AWAY = 'its proposer goes away';
/** No program has refused: whoever wanted it tries again. */
const TRIED_AGAIN: readonly string[] = [OF_THE_PAST, GOES_AWAY];

/** At a participant: the manager has opened a protocol. */
export function onOpen(turn: Turn, from: NodeId, opening: Opening): void {
  if (from !== turn.state.manager || turn.state.role === 'manager') return;
  begin(turn, opening);
}

export function begin(turn: Turn, opening: Opening): void {
  const { rounds, self } = turn.state;
  const { number, proposal } = opening;
  if (instanceOf(turn, number) !== undefined || endedOf(turn, number) !== undefined) return;
  const wish = rounds.proposals.get(proposal.counter);
  const ours = proposal.node === self.node && proposal.boot === self.boot;
  // A manager of the past may open it late: what has its answer, or runs under another number, is not done a second time.
  const isSecond = ours && (wish === undefined || (wish.number !== null && wish.number !== number));
  if (ours && wish !== undefined && !isSecond) rounds.proposals.set(wish.counter, { ...wish, number });
  const refusal = isSecond ? 'it is under way already, or has ended' : isOfThePast(turn, number) ? OF_THE_PAST : null;
  const waits = refusal === null && isHeldUp(turn, opening);
  newInstance(turn, opening, { begun: true, stage: waits ? 'queued' : 'working' });
  for (const { from, ack } of rounds.early.get(number) ?? []) note(turn, from, number, ack);
  rounds.early.delete(number);
  if (refusal !== null) finish(turn, number, { ok: false, reason: refusal });
  else if (!waits) work(turn, number);
}

/** The manager has seen the end of what conflicts with it. This node may still be writing that down, or undoing it. */
function isHeldUp(turn: Turn, { number, kind, body }: Opening): boolean {
  const protocol = kinds().get(kind);
  for (const other of turn.state.rounds.instances.values())
    if (other.opening.number < number && protocol?.conflictsWith(body, other.opening) === true) return true;
  return false;
}

export function workQueued(turn: Turn): void {
  for (const instance of turn.state.rounds.instances.values()) {
    if (instance.stage !== 'queued' || isHeldUp(turn, instance.opening)) continue;
    change(instance, { stage: 'working' });
    work(turn, instance.opening.number);
  }
}

function work(turn: Turn, number: ProtocolNumber): void {
  const instance = instanceOf(turn, number);
  if (instance === undefined) return;
  const result = workOf(turn, instance);
  if (result !== 'later') finish(turn, number, result);
}

function workOf(turn: Turn, instance: Instance): WorkResult {
  const { opening, round } = instance;
  const protocol = protocolOf(opening);
  if (protocol === null) return { ok: false, reason: `this node does not know the protocol ${opening.kind}, or not this form of it` };
  return roundNames(opening)[round] === CONFIRM ? { ok: true } : protocol.work(turn, instance, round);
}

/** Work that was done later has ended. */
export function onWorked(turn: Turn, number: ProtocolNumber, round: number, result: Exclude<WorkResult, 'later'>): void {
  const instance = instanceOf(turn, number);
  if (instance?.stage === 'working' && instance.round === round) finish(turn, number, result);
}

function finish(turn: Turn, number: ProtocolNumber, result: Exclude<WorkResult, 'later'>): void {
  const instance = instanceOf(turn, number);
  if (instance === undefined || instance.stage !== 'working') return;
  const { ok, reason = '', payload = null } = result;
  const ack: Ack = { round: instance.round, ok, reason, payload, atMs: turn.nowMs };
  const durable = ok && protocolOf(instance.opening)?.isDurable(instance.opening.body) === true;
  if (!durable) return acknowledge(turn, instance, ack);
  change(instance, { stage: 'writing', unsaid: { what: 'ack', ack } });
  turn.do({ type: 'record', number, record: { opening: instance.opening, acknowledged: ack.round + 1, accepted: null, outcome: null } });
}

/** To all, ourselves included. Whoever has promised a recovering manager to wait says nothing more. */
export function acknowledge(turn: Turn, instance: Instance, ack: Ack): void {
  const { opening, ballot } = instance;
  const { self } = turn.state;
  const waits = ballot !== 0n;
  change(instance, { stage: waits ? 'recovering' : 'awaiting', unsaid: null });
  if (waits) return;
  const { round, ok, reason, payload } = ack;
  const message: RoundsMessage = { kind: 'ack', number: opening.number, round, ok, reason, payload };
  const { toProposer, toOthers } = quietness(opening, ack);
  for (const { node } of opening.participants) {
    if (node === self.node) continue;
    if (node === opening.proposal.node ? toProposer : toOthers) turn.sendQuietly(node, message);
    else turn.send(node, message);
  }
  note(turn, self.node, opening.number, ack);
  advance(turn, opening.number);
}

/**
 * What could not be sent to a member, or was lost with a session, would be waited for until its time is over: who is heard
 * again, or has just met us, is told all that it may lack.
 */
export function acknowledgeAgain(turn: Turn, to: NodeId, boot: Boot | undefined): void {
  const { rounds, self } = turn.state;
  for (const { opening, outcome, ballot, acks } of rounds.instances.values()) {
    const mayLack =
      outcome === null && ballot === 0n && opening.participants.some(({ node, boot: start }) => node === to && start === boot);
    if (!mayLack) continue;
    for (const { round, ok, reason, payload } of acks.get(self.node) ?? [])
      turn.send(to, { kind: 'ack', number: opening.number, round, ok, reason, payload });
  }
}

/**
 * For whom an ACK is not urgent. Where the proposer decides, the last one for all but him; elsewhere the one before the
 * confirmation for the proposer: that follows as soon as everybody has agreed, and he does nothing before.
 */
function quietness(opening: Opening, { ok, round }: Ack): { readonly toProposer: boolean; readonly toOthers: boolean } {
  const names = roundNames(opening);
  const byProposer = isDecidedByProposer(opening);
  return { toProposer: ok && !byProposer && names[round + 1] === CONFIRM, toOthers: ok && byProposer && round + 1 === names.length };
}

export function onAck(turn: Turn, from: NodeId, message: Extract<RoundsMessage, { kind: 'ack' }>): void {
  const { rounds } = turn.state;
  const { number, round, ok, reason, payload } = message;
  const ack: Ack = { round, ok, reason, payload, atMs: turn.nowMs };
  if (instanceOf(turn, number) !== undefined) {
    note(turn, from, number, ack);
    return advance(turn, number);
  }
  if (endedOf(turn, number) !== undefined) return;
  if (rounds.early.size >= EARLY_MAX) rounds.early.delete(rounds.early.keys().next().value ?? 0n);
  rounds.early.set(number, [...(rounds.early.get(number) ?? []), { from, ack }]);
}

function note(turn: Turn, from: NodeId, number: ProtocolNumber, ack: Ack): void {
  const instance = instanceOf(turn, number);
  if (instance === undefined || !instance.opening.participants.some(({ node }) => node === from)) return;
  if (ackOf(instance, from, ack.round) !== undefined) return;
  const acks = instance.acks.get(from);
  instance.acks.set(from, acks === undefined ? [ack] : [...acks, ack]);
  if (from === turn.state.self.node) return;
  const { kind } = instance.opening;
  const { lastAcks } = turn.state.rounds;
  // One that came before its opening is noted after later ones.
  if ((lastAcks.get(from)?.atMs ?? 0) <= ack.atMs) lastAcks.set(from, { number, kind, round: ack.round, ok: ack.ok, atMs: ack.atMs });
}

/** As far as the ACKs allow. */
export function advance(turn: Turn, number: ProtocolNumber): void {
  const instance = instanceOf(turn, number);
  if (instance === undefined || instance.outcome !== null || instance.unsaid?.what === 'decision') return;
  const veto = vetoOf(instance);
  if (veto !== null) {
    const isTriedAgain = TRIED_AGAIN.includes(veto.reason);
    return decide(turn, instance, { committed: false, code: isTriedAgain ? 'view' : 'veto', ...veto });
  }
  const acks = instance.opening.participants.map(({ node }) => ackOf(instance, node, instance.round));
  if (!acks.every((ack) => ack !== undefined)) return;
  const failure = protocolOf(instance.opening)?.judge?.(turn, instance, acks) ?? null;
  if (failure !== null) return decide(turn, instance, { committed: false, code: 'veto', reason: failure, culprit: 0 });
  if (instance.round + 1 < roundNames(instance.opening).length) {
    if (instance.ballot !== 0n) return;
    change(instance, { round: instance.round + 1, roundSinceMs: turn.nowMs, stage: 'working' });
    return work(turn, number);
  }
  allAgree(turn, instance);
}

function vetoOf(instance: Instance): { readonly culprit: NodeId; readonly reason: string } | null {
  for (const [culprit, acks] of instance.acks) {
    const veto = acks.find((ack) => !ack.ok);
    if (veto !== undefined) return { culprit, reason: veto.reason };
  }
  return null;
}

function isDecidedByProposer(opening: Opening): boolean {
  return protocolOf(opening)?.decider(opening.body) !== 'all';
}

/**
 * This node goes away. The others find the outcome of what it coordinates once they know all votes: where its own is not said
 * yet, all would wait until it is back, and with them whatever comes later.
 */
export function refuseUnsaid(turn: Turn): void {
  const { node, boot } = turn.state.self;
  for (const instance of undecided(turn)) {
    const { opening, round, ballot, unsaid } = instance;
    const isOurs = opening.proposal.node === node && opening.proposal.boot === boot && isDecidedByProposer(opening);
    // A manager that it has made a promise knows that it has not voted.
    if (!isOurs || ballot !== 0n || unsaid?.what === 'decision' || ackOf(instance, node, round) !== undefined) continue;
    change(instance, { stage: 'working', unsaid: null });
    finish(turn, opening.number, { ok: false, reason: GOES_AWAY });
  }
}

/** The last round is over. A coordinator that has promised a recovering manager to wait decides nothing any more. */
function allAgree(turn: Turn, instance: Instance): void {
  const { opening, ballot } = instance;
  const agreed = { committed: true, code: 'agreed', reason: '', culprit: 0 } as const;
  if (!isDecidedByProposer(opening)) return decide(turn, instance, agreed);
  if (opening.proposal.node !== turn.state.self.node || ballot !== 0n) return;
  const others = opening.participants.map(({ node }) => node).filter((node) => node !== turn.state.self.node);
  decide(turn, instance, agreed, others);
}
