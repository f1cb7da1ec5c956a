// What waited for the disk is said now, or, where the disk has failed, what is safe to say without it.
import type { Turn } from '../membership/turn.ts';
import { conclude } from './deciding.ts';
import { instanceOf, change, roundNames } from './instances.ts';
import { CONFIRM } from './kind.ts';
import { acknowledge } from './running.ts';
import type { Instance, ProtocolNumber, Unsaid } from './state.ts';

/** Below that of any manager. */
const BALLOT_WAITING = 1n;
const DISK = 'its disk cannot be written';

export function onRecorded(turn: Turn, number: ProtocolNumber, ok: boolean): void {
  const instance = instanceOf(turn, number);
  if (instance === undefined || instance.unsaid === null) return;
  const { unsaid } = instance;
  if (unsaid.what === 'ack') return sayAck(turn, instance, unsaid, ok);
  if (unsaid.what === 'decision') return sayDecision(turn, instance, unsaid, ok);
  sayAccepted(turn, instance, unsaid, ok);
}

/** What is not on disk does not count, at the manager itself either. */
function sayAccepted(turn: Turn, instance: Instance, { to, before }: Extract<Unsaid, { what: 'accept' }>, ok: boolean): void {
  const { ballot, opening } = instance;
  change(instance, { unsaid: null, stage: 'recovering', accepted: ok ? instance.accepted : before });
  if (ok && to !== turn.state.self.node) turn.send(to, { kind: 'settled', number: opening.number, ballot });
}

/** Before the last round a failed disk is a veto. In the last one nobody may refuse: silence, and the recovery goes on. */
function sayAck(turn: Turn, instance: Instance, { ack }: Extract<Unsaid, { what: 'ack' }>, ok: boolean): void {
  if (ok) return acknowledge(turn, instance, ack);
  if (roundNames(instance.opening)[ack.round] === CONFIRM) change(instance, { unsaid: null, stage: 'recovering' });
  else acknowledge(turn, instance, { ...ack, ok: false, reason: DISK });
}

/** A coordinator that could not write decides nothing any more: the others know all votes, and may have gone on without it. */
function sayDecision(turn: Turn, instance: Instance, unsaid: Extract<Unsaid, { what: 'decision' }>, ok: boolean): void {
  const { outcome, tell } = unsaid;
  if (ok || tell.length === 0) return conclude(turn, instance, outcome, tell);
  const ballot = instance.ballot === 0n ? BALLOT_WAITING : instance.ballot;
  change(instance, { unsaid: null, stage: 'recovering', ballot, deadlineMs: turn.nowMs });
}
