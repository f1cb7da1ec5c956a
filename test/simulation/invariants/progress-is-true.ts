// Answers about progress are true (Q1-Q3, X5): what a node says of each peer protocol is held against what has come in and
// gone out at its door. Who is awaited has sent nothing that has arrived, and who is not has; nothing that it takes part in is
// left out, nothing that has ended is shown; and what it waits for fits what is open.
import { roundsOf } from '../../../lib/protocol/rounds/kind.ts';
import { kinds } from '../../../lib/protocol/rounds/kinds.ts';
import type { MemberProgress, Progress, ProtocolProgress } from '../../../lib/protocol/rounds/progress.ts';
import type { Answer, Notes, Told } from '../answer-book.ts';
import { answerMistakes, answerOf } from '../answers.ts';
import type { Host } from '../host.ts';
import type { World } from '../world.ts';
import type { Invariant } from './index.ts';

/** An answer takes longer than many events: after one in so many the node that it came to is asked, and later where much is open. */
const EACH = 53;
const EACH_OF_A_PROTOCOL = 16;

const DECIDED = 'its turn in the order';
const DISK = 'the disk';
const ACKS = 'the ACKs of the others';
const WORK = 'local work of this round';
const QUEUE = 'the end of an earlier protocol here';
const PROPOSER = 'the proposer to decide';
const MANAGER = 'the manager to find the outcome';
const STAND = 'the members to say where they stand';
const WRITE = 'a majority to write the outcome down';
const LOST = 'those that may know the outcome to be here';

export const progressIsTrue: Invariant = {
  name: 'progress: answers are true',
  check: (world) => {
    const { mistake } = world.options;
    const host = world.answers.last;
    // What is spoilt at a node's door is not what its protocol has got.
    if (world.steps < world.answers.lookAtStep || host === null || (mistake !== undefined && !(mistake in answerMistakes))) return null;
    const broken = untrue(world, host);
    return broken === null ? null : `node ${host.id}: ${broken}`;
  },
};

function untrue(world: World, host: Host): string | null {
  const notes = world.answers.of(host);
  if (!host.running || host.state === null || notes?.boot !== host.boot) return null;
  const progress = answerOf(world.options.mistake, host.state, host.localNs() / 1e6);
  world.answers.lookAtStep = world.steps + Math.max(EACH, EACH_OF_A_PROTOCOL * progress.protocols.length);
  for (const protocol of progress.protocols) {
    const told = notes.protocols.get(numberOf(protocol.protocol));
    // A manager that is alone opens it without a word, and it may wait for its turn.
    if (told === undefined && protocol.members.length === 0) continue;
    const broken = told === undefined ? 'it has never heard of it' : protocolBroken(host, protocol, told);
    if (broken !== null) return `${protocol.protocol}, round ${protocol.roundName}, waits for ${protocol.waitsFor}: ${broken}`;
  }
  return (
    leftOut(host, progress, notes) ??
    wishesBroken(host, progress, notes) ??
    waitingBroken(host, progress, notes) ??
    lastAcksBroken(progress, notes)
  );
}

function numberOf(name: string): bigint {
  const [epoch = '0', count = '0'] = name.split('.');
  return (BigInt(epoch) << 32n) + BigInt(count);
}

function protocolBroken(host: Host, protocol: ProtocolProgress, told: Told): string | null {
  const { waitsFor, members, sinceMs, roundSinceMs } = protocol;
  if (told.ended) return 'it has ended here';
  if (told.outcome === 'yes' && waitsFor !== DECIDED && waitsFor !== DISK) return 'its outcome was told here';
  if (sinceMs > roundSinceMs || roundSinceMs > host.localNs() / 1e6) return 'its times are not in their order';
  const missing = told.opening?.participants.find(({ node }) => node !== host.id && !members.some((member) => member.node === node));
  if (missing !== undefined) return `node ${missing.node} takes part, and has no line`;
  for (const member of members) {
    const broken = acksBroken(member, told) ?? awaitedBroken(host, protocol, member, told);
    if (broken !== null) return `node ${member.node} ${broken}`;
  }
  return stageBroken(host, protocol, told);
}

/** What came before it had the opening may not be in its record where it got the opening by another way. */
function isLoose({ recovered, takesPart }: Told): boolean {
  return recovered || !takesPart;
}

function acksBroken({ node, acknowledged, refused, lastAckMs }: MemberProgress, told: Told): string | null {
  const come = [...(told.acks.get(node)?.values() ?? [])];
  const agreed = come.filter(({ ok }) => ok).length;
  const isSame = isLoose(told) ? acknowledged <= agreed : acknowledged === agreed;
  if (!isSame) return `has acknowledged ${agreed} rounds, and not ${acknowledged}`;
  const refusals = come.some(({ ok }) => !ok);
  if (refused !== null && !refusals) return 'has refused nothing';
  if (refused === null && refusals && !isLoose(told)) return 'has refused';
  const last = come.at(-1)?.atMs ?? null;
  const isKnown = lastAckMs === last || (isLoose(told) && (lastAckMs === null || come.some((answer) => cameAt(answer, lastAckMs))));
  return isKnown ? null : `was heard last at ${last}, and not at ${lastAckMs}`;
}

const cameAt = ({ atMs, againMs }: Answer, whenMs: number): boolean => atMs === whenMs || againMs.includes(whenMs);

function awaitedBroken(host: Host, { waitsFor, round, proposedBy }: ProtocolProgress, member: MemberProgress, told: Told): string | null {
  const { node, awaited } = member;
  const is = (expected: boolean): string | null => (awaited === expected ? null : `is ${expected ? 'not ' : ''}awaited`);
  const hasCome = told.acks.get(node)?.has(round) === true;
  switch (waitsFor) {
    case DECIDED:
      return is(false);
    case MANAGER:
      return is(node === host.seen()?.manager);
    case STAND:
      return isLostSince(host, node, told) ? null : is(told.asked.includes(node) && !told.standing.has(node));
    case WRITE:
      return isLostSince(host, node, told) ? null : is(told.asked.includes(node) && !told.settled.has(node));
    case LOST:
      return awaited || told.standing.has(node) ? null : 'is not awaited, and has not said where it stands';
    case PROPOSER:
      return is(node === proposedBy);
    case DISK:
      return awaited && hasCome && !isFinder(host, node, told) ? 'is awaited, though its ACK has come' : null;
    default:
      if (isFinder(host, node, told)) return null;
      // As the manager that opened it it has begun to recover it without a word, and there is no manager now.
      if (told.openedHere && host.seen()?.manager === null && !awaited) return null;
      return isLoose(told) && !hasCome ? null : is(!hasCome);
  }
}

/** A recovering manager asks the others anew then, unless it has lost its majority with it. */
function isLostSince({ state }: Host, node: number, { asked }: Told): boolean {
  return asked.includes(node) && state?.members.get(node)?.phase !== 'active';
}

/** While this node does its own part of a protocol that a manager recovers: that manager, or at it, who is to answer. */
function isFinder(host: Host, node: number, { number, recovered, asked, standing, settled }: Told): boolean {
  if (asked.length > 0) return !standing.has(node) || !settled.has(node);
  const seen = host.seen();
  // A manager that is alone may have begun to recover it, without a word.
  const isEarlier = seen !== null && number >> 32n < seen.epoch;
  if (isEarlier && seen.manager === host.id) return true;
  return (recovered || isEarlier) && node === seen?.manager;
}

function stageBroken(host: Host, protocol: ProtocolProgress, told: Told): string | null {
  const { waitsFor, round, rounds, members } = protocol;
  if (isAlone(host, told)) return null;
  const complete = completeOf(host, told);
  if (round > Math.max(complete, told.restored - 1)) return `only ${complete} rounds are complete here`;
  const isRunning = waitsFor === ACKS || waitsFor === WORK || waitsFor === QUEUE;
  if (isRunning && !told.recovered && round !== Math.min(complete, rounds.length - 1)) return `${complete} rounds are complete here`;
  if (waitsFor === ACKS && !members.some(({ awaited }) => awaited)) return 'all of them have come';
  if (waitsFor === ACKS && !told.own.has(round) && members.length > 0) return 'it has not acknowledged this round itself';
  if ((waitsFor === WORK || waitsFor === QUEUE) && told.own.has(round)) return 'it has acknowledged this round itself';
  if (waitsFor === PROPOSER && complete < rounds.length) return 'not all votes have come';
  if (waitsFor === DECIDED && !mayBeDecided(host, told)) return 'nobody can have decided it';
  return null;
}

/** Nobody else takes part, so nothing of its rounds goes out. */
function isAlone({ id }: Host, { opening, takesPart }: Told): boolean {
  return opening === null ? takesPart : opening.participants.every(({ node }) => node === id);
}

/** Rounds that all, itself included, have acknowledged as far as it can know. */
function completeOf(host: Host, { opening, acks, own }: Told): number {
  if (opening === null) return 0;
  const others = opening.participants.map(({ node }) => node).filter((node) => node !== host.id);
  for (let round = 0; ; round++) {
    const isComplete = own.get(round) === true && others.every((node) => acks.get(node)?.get(round)?.ok === true);
    if (!isComplete) return round;
  }
}

/** It can have found the outcome by itself, or heard it. */
function mayBeDecided(host: Host, told: Told): boolean {
  const { opening, outcome, recovered } = told;
  if (outcome !== 'no' || recovered || opening === null || isAlone(host, told)) return true;
  if (isRefused(told)) return true;
  const protocol = kinds().get(opening.kind);
  if (protocol === undefined) return true;
  const complete = completeOf(host, told);
  // All may find together that a round has failed.
  if (protocol.judge !== undefined && complete > 0) return true;
  if (complete < roundsOf(protocol, opening.body).length) return false;
  return protocol.decider(opening.body) === 'all' || opening.proposal.node === host.id;
}

/** By a member, or by itself: it need wait for nobody. */
function isRefused({ acks, own }: Told): boolean {
  return [...own.values()].includes(false) || [...acks.values()].some((each) => [...each.values()].some(({ ok }) => !ok));
}

/** What it takes part in, and what it was told to wait for. */
function leftOut(host: Host, { protocols, waiting }: Progress, { open, applied }: Notes): string | null {
  const shown = new Set(protocols.map(({ protocol }) => numberOf(protocol)));
  const awaited = new Set(waiting.flatMap(({ what }) => /^the outcome of ([\d.]+)/.exec(what)?.slice(1) ?? []).map(numberOf));
  for (const told of open) {
    const { number } = told;
    if (shown.has(number) || awaited.has(number) || told.outcome !== 'no') continue;
    const isFound = told.opening !== null && mayBeDecided(host, told);
    if (told.awaited && number > applied && !isFound)
      return `it was told to wait for ${number >> 32n}.${number & 0xffff_ffffn}, and says nothing of it`;
    if (told.takesPart && !mayBeDecided(host, told))
      return `it takes part in ${number >> 32n}.${number & 0xffff_ffffn}, and says nothing of it`;
  }
  return null;
}

/** Each wish that has no answer is told of, and no other. */
function wishesBroken(host: Host, { notOpened, protocols, waiting }: Progress, { pending, opened }: Notes): string | null {
  const manager = host.seen()?.manager ?? null;
  const wishes = [...pending.values()];
  for (const { kind, sinceMs, nodes } of notOpened) {
    if (!wishes.some((wish) => wish.kind === kind && wish.atMs === sinceMs)) return `nobody waits for a ${kind} since ${sinceMs}`;
    const expected = manager === null || manager === host.id ? [] : [manager];
    if (nodes.join(' ') !== expected.join(' ')) return `node ${nodes.join(' ')} is to open a ${kind}, and not node ${expected.join(' ')}`;
  }
  for (const { name, kind, atMs } of wishes)
    if (name !== null && !opened.has(name) && !notOpened.some((wish) => wish.kind === kind && wish.sinceMs === atMs))
      return `operation ${name} is not opened, and not told of`;
  const own = protocols.filter(({ proposedBy }) => proposedBy === host.id).length;
  const outcomes = waiting.filter(({ what }) => what.startsWith('the outcome of')).length;
  if (wishes.length > notOpened.length + own + outcomes) return `${wishes.length} wishes have no answer, and are not all told of`;
  return null;
}

function waitingBroken(host: Host, { waiting, atMs }: Progress, { protocols, installed }: Notes): string | null {
  for (const { what, nodes, sinceMs } of waiting) {
    if (sinceMs > atMs || sinceMs < 0) return `it waits for ${what} since ${sinceMs}, which is not in the past`;
    if (new Set(nodes).size < nodes.length) return `it waits for ${what} from node ${nodes.join(' ')}`;
    const [, name] = /^the outcome of ([\d.]+)/.exec(what) ?? [];
    const told = name === undefined ? null : protocols.get(numberOf(name));
    const isKnown = told?.openedAgain !== true && (told?.ended === true || told?.outcome === 'yes');
    if (told === undefined || isKnown) return `it waits for ${what}, which it knows`;
    const [, ordersId] = /^standing orders (\d+)$/.exec(what) ?? [];
    const hasAnswered = nodes.find((node) => node !== host.id && ordersId !== undefined && installed.has(`${ordersId} ${node}`));
    if (hasAnswered !== undefined) return `it waits for ${what} at node ${hasAnswered}, which has them`;
    if (what === 'the votes to succeed the manager' && nodes.includes(host.id)) return 'it waits for its own vote';
  }
  return null;
}

function lastAcksBroken({ lastAcks, protocols }: Progress, notes: Notes): string | null {
  for (const { node, protocol, round, ok, atMs } of lastAcks) {
    const come = notes.protocols.get(numberOf(protocol))?.acks.get(node)?.get(round);
    if (come?.ok !== ok || !cameAt(come, atMs)) return `node ${node} has not acknowledged round ${round} of ${protocol} at ${atMs}`;
    const later = protocols.flatMap(({ members }) => members).find((member) => member.node === node && (member.lastAckMs ?? 0) > atMs);
    if (later !== undefined) return `the last ACK of node ${node} came at ${later.lastAckMs}, and not at ${atMs}`;
  }
  return null;
}
