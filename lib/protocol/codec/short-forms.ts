// The four messages that make an operation (a wish, its opening, votes, the outcome) travel as arrays, since they come by the
// thousand: without the names of fields they take a third of the time, and of the bytes. Everything else travels with names
// (shapes.ts). Checked by hand, as strictly as those; what does not fit is null.
import type { RoundsMessage } from '../rounds/messages.ts';
import type { Opening, OutcomeCode, Participant } from '../rounds/state.ts';
import type { NodeId } from '../types.ts';
import { bigOf } from './big.ts';

const NODE_MAX = 65535;
const LIST_MAX = 2000;
const ROUND_MAX = 63;
const KIND_LENGTH_MAX = 64;
const TEXT_LENGTH_MAX = 1000;
const TIMEOUT_MS_MAX = 86_400_000;
const CODES: ReadonlySet<unknown> = new Set<OutcomeCode>(['agreed', 'veto', 'view', 'time', 'cancelled']);

/** @returns what is written in the message's place: an array, or the message itself where it has no short form */
export function shortened(message: { readonly kind: string }): unknown {
  const said = message as RoundsMessage;
  switch (said.kind) {
    case 'ack':
      return ['ack', said.number, said.round, said.ok, said.reason, said.payload];
    case 'outcome': {
      const { committed, code, reason, culprit } = said.outcome;
      return ['outcome', said.number, committed, code, reason, culprit];
    }
    case 'open': {
      const { number, proposal, kind, body, participants, leftOut, timeoutMs } = said.opening;
      const flat: unknown[] = [];
      for (const { node, boot } of participants) flat.push(node, boot);
      return ['open', number, proposal.node, proposal.boot, proposal.counter, kind, body, flat, leftOut, timeoutMs];
    }
    case 'wish':
      return ['wish', said.counter, said.protocol, said.body, said.timeoutMs];
    default:
      return message;
  }
}

/** Null: it is none of them. */
export function lengthened(short: readonly unknown[]): RoundsMessage | null {
  switch (short[0]) {
    case 'ack':
      return ackOf(short);
    case 'outcome':
      return outcomeOf(short);
    case 'open':
      return openOf(short);
    case 'wish':
      return wishOf(short);
    default:
      return null;
  }
}

function ackOf(short: readonly unknown[]): RoundsMessage | null {
  const [, number, round, ok, reason, payload] = short;
  const operation = bigOf(number);
  if (short.length !== 6 || operation === null || !isInteger(round, 0, ROUND_MAX) || typeof ok !== 'boolean') return null;
  return isText(reason, TEXT_LENGTH_MAX) ? { kind: 'ack', number: operation, round, ok, reason, payload } : null;
}

function outcomeOf(short: readonly unknown[]): RoundsMessage | null {
  const [, number, committed, code, reason, culprit] = short;
  const operation = bigOf(number);
  if (short.length !== 6 || operation === null || typeof committed !== 'boolean' || !isCode(code)) return null;
  if (!isText(reason, TEXT_LENGTH_MAX) || !isInteger(culprit, 0, NODE_MAX)) return null;
  return { kind: 'outcome', number: operation, outcome: { committed, code, reason, culprit } };
}

function openOf(short: readonly unknown[]): RoundsMessage | null {
  const [, number, proposer, proposerBoot, counter, kind, body, flat, leftOut, timeoutMs] = short;
  const operation = bigOf(number);
  const boot = bigOf(proposerBoot);
  const participants = participantsOf(flat);
  if (short.length !== 10 || operation === null || boot === null || participants === null || !isNode(proposer)) return null;
  if (!isCount(counter) || !isText(kind, KIND_LENGTH_MAX) || !isNodes(leftOut) || !isTimeout(timeoutMs)) return null;
  const opening: Opening = { number: operation, proposal: { node: proposer, boot, counter }, kind, body, participants, leftOut, timeoutMs };
  return { kind: 'open', opening };
}

function wishOf(short: readonly unknown[]): RoundsMessage | null {
  const [, counter, protocol, body, timeoutMs] = short;
  if (short.length !== 5 || !isCount(counter) || !isText(protocol, KIND_LENGTH_MAX) || !isTimeout(timeoutMs)) return null;
  return { kind: 'wish', counter, protocol, body, timeoutMs };
}

/** A node and its start, and so on. */
function participantsOf(flat: unknown): Participant[] | null {
  if (!Array.isArray(flat) || flat.length % 2 !== 0 || flat.length > 2 * LIST_MAX) return null;
  const participants: Participant[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const node: unknown = flat[at];
    const boot = bigOf(flat[at + 1]);
    if (!isNode(node) || boot === null) return null;
    participants.push({ node, boot });
  }
  return participants;
}

function isInteger(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}

function isNode(value: unknown): value is NodeId {
  return isInteger(value, 1, NODE_MAX);
}

function isNodes(value: unknown): value is NodeId[] {
  return Array.isArray(value) && value.length <= LIST_MAX && value.every(isNode);
}

function isCount(value: unknown): value is number {
  return isInteger(value, 0, Number.MAX_SAFE_INTEGER);
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.length <= lengthMax;
}

function isCode(value: unknown): value is OutcomeCode {
  return CODES.has(value);
}

function isTimeout(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= TIMEOUT_MS_MAX;
}
