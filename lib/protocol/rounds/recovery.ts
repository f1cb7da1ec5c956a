// A protocol whose participant or coordinator is lost, or whose time is over, is ended by the manager: it asks all where
// they stand (who answers promises to go no further by itself), chooses the only outcome that can have been found
// anywhere, has a majority write it down, and tells all. Two managers after each other cannot choose differently, since
// each needs a majority and a later ballot counts more (Gray and Lamport, Consensus on Transaction Commit, 2006; Keidar
// and Dolev, Increasing the Resilience of Atomic Commit, 1995). Plain 3PC has no majority in it and can decide both ways.
import type { Turn } from '../membership/turn.ts';
import type { Boot, NodeId } from '../types.ts';
import { choose } from './choosing.ts';
import { conclude, onDecision } from './deciding.ts';
import { endedOf, instanceOf, isAny, protocolOf, remembers, roundNames, takesPart, undecided } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import { hasQuorum, mayOpen, NOTHING_YET, readyNodes } from './positions.ts';
import { accept, promise } from './standing.ts';
import {
  type Awaited,
  epochOf,
  type Instance,
  nameOf,
  type Opening,
  type Participant,
  type ProtocolNumber,
  type Recovery,
  type Standing,
} from './state.ts';

/** Who does not answer for so long is gone on without, where a majority has answered. */
const ANSWER_MS = 2000;
const AGAIN_MS = 1000;

/** Whoever wanted it tries again: it has had no time at all. */
const UNOPENED: Recovery['why'] = { code: 'view', reason: 'the manager that opened it has gone before all had heard of it', culprit: 0 };

/** Who has promised one manager to go no further by itself has promised it for good: the next one must find the outcome. */
const LEFT: Recovery['why'] = { code: 'view', reason: 'the manager that sought its outcome has gone', culprit: 0 };

/** At the manager: something that another member is in doubt of, or waits for, and that we have never heard of. */
export function learn(turn: Turn, { number, participants }: Awaited): void {
  if (turn.state.rounds.recoveries.has(number)) return;
  for (const { node } of readyNodes(turn)) turn.send(node, { kind: 'awaits', undecided: [{ number, participants }] });
  const here = new Map(turn.active().map(({ node, boot }) => [node, boot] as const)).set(turn.state.self.node, turn.state.self.boot);
  start(turn, number, whoIsLost(participants, here) ?? UNOPENED, participants);
}

/**
 * At a new manager: what an earlier one has opened, and a participant has not heard of before it followed us, or has promised
 * that one not to go on with. It takes no opening from that one any more, and the others would wait for its ACK in vain.
 */
export function recoverUnheard(turn: Turn, from: NodeId, goesOnWith: (opening: Opening) => boolean): void {
  const { rounds, epoch } = turn.state;
  for (const { opening } of undecided(turn)) {
    const { number } = opening;
    const waits = epochOf(number) < epoch && takesPart(opening, from) && !goesOnWith(opening);
    if (waits && !rounds.recoveries.has(number)) start(turn, number, UNOPENED);
  }
}

/** What must be recovered, and what goes on with it. */
export function recoverDue(turn: Turn): void {
  const { rounds, role } = turn.state;
  if (role !== 'manager') {
    if (rounds.recoveries.size > 0) rounds.recoveries = new Map();
    // The next manager will tell what this one did not hear any more.
    if (rounds.behind !== null) Object.assign(rounds, { behind: null, held: true, positionEpoch: 0n });
    return;
  }
  if (rounds.behind !== null && turn.state.members.get(rounds.behind)?.phase !== 'active') rounds.behind = null;
  if (!mayOpen(turn)) return;
  rounds.held = false;
  if (rounds.behind === null) {
    rounds.takesOver = false;
    if (rounds.applied === 0n) rounds.applied = NOTHING_YET;
  }
  startDue(turn);
  for (const awaited of rounds.listening) if (instanceOf(turn, awaited.number) === undefined) learn(turn, awaited);
  for (const recovery of [...rounds.recoveries.values()]) goOn(turn, recovery);
}

/** Looked at after every event: nearly always it is none. */
function startDue(turn: Turn): void {
  const { instances, recoveries } = turn.state.rounds;
  if (instances.size === 0) return;
  const here = startsHere(turn);
  const due = (instance: Instance): boolean => instance.outcome === null && whyRecover(turn, instance, here) !== null;
  if (!isAny(turn, due)) return;
  for (const instance of undecided(turn)) {
    const why = whyRecover(turn, instance, here);
    if (why !== null && !recoveries.has(instance.opening.number)) start(turn, instance.opening.number, why);
  }
}

/** Starts of nodes that are not lost: those that are ready, and those that still have time to say so. */
function startsHere(turn: Turn): Map<NodeId, Boot> {
  const { self } = turn.state;
  const here = new Map(readyNodes(turn).map(({ node, boot }) => [node, boot]));
  here.set(self.node, self.boot);
  for (const { node, boot, away } of turn.active()) if (away !== null && turn.nowMs < away.responseUntilMs) here.set(node, boot);
  return here;
}

function whoIsLost(participants: readonly Participant[], here: ReadonlyMap<NodeId, Boot>): Recovery['why'] | null {
  for (const { node, boot } of participants)
    if (here.get(node) !== boot) return { code: 'view', reason: `node ${node} is lost`, culprit: node };
  return null;
}

function whyRecover(turn: Turn, instance: Instance, here: ReadonlyMap<NodeId, Boot>): Recovery['why'] | null {
  const { opening, deadlineMs, begun, ballot, unsaid } = instance;
  const lost = whoIsLost(opening.participants, here);
  if (lost !== null) return lost;
  if (ballot !== 0n && unsaid?.what !== 'decision') return LEFT;
  if (turn.nowMs < deadlineMs) return null;
  return begun ? { code: 'time', reason: 'its time is over', culprit: 0 } : UNOPENED;
}

export function cancel(turn: Turn, number: ProtocolNumber, by: NodeId): void {
  const isRunning = undecided(turn).some(({ opening }) => opening.number === number);
  if (turn.state.role !== 'manager' || !isRunning || turn.state.rounds.recoveries.has(number)) return;
  start(turn, number, { code: 'cancelled', reason: `cancelled at node ${by}`, culprit: by });
}

/** As people ask for it, anywhere. */
export function cancelAt(turn: Turn, id: number, number: ProtocolNumber): void {
  const { role, manager, self } = turn.state;
  if (role === 'manager') cancel(turn, number, self.node);
  else if (manager !== null) turn.send(manager, { kind: 'cancel', number, by: self.node });
  else return turn.reply(id, 'HW_REFUSED', 'there is no manager now');
  turn.reply(id);
}

function start(turn: Turn, number: ProtocolNumber, why: Recovery['why'], participants: readonly Participant[] = []): void {
  const { rounds, epoch, self } = turn.state;
  const ballot = (epoch << 32n) | BigInt(++rounds.ballots);
  const asked = readyNodes(turn).map(({ node }) => node);
  const own = promise(turn, number, ballot);
  const standings = new Map<NodeId, Standing>(own === null ? [] : [[self.node, own]]);
  rounds.recoveries.set(number, {
    number,
    participants,
    ballot,
    sinceMs: turn.nowMs,
    why,
    stage: 'asking',
    asked,
    standings,
    choice: null,
    settled: [],
  });
  for (const node of asked) turn.send(node, { kind: 'recover', number, ballot });
}

export function onStanding(turn: Turn, from: NodeId, message: Extract<RoundsMessage, { kind: 'standing' }>): void {
  const recovery = turn.state.rounds.recoveries.get(message.number);
  if (recovery?.ballot !== message.ballot || recovery.choice !== null) return;
  // Where it was given up on for now, this answer may be the one that lacked.
  update(turn, recovery, { stage: 'asking', standings: new Map(recovery.standings).set(from, message.standing) });
}

function update(turn: Turn, recovery: Recovery, changes: Partial<Recovery>): Recovery {
  const next = { ...recovery, ...changes };
  turn.state.rounds.recoveries.set(recovery.number, next);
  return next;
}

/** Another member has come or gone: those that are asked now are others. */
function hasChanged(turn: Turn, { asked }: Recovery): boolean {
  const now = readyNodes(turn).map(({ node }) => node);
  return now.length !== asked.length || now.some((node) => !asked.includes(node));
}

function goOn(turn: Turn, recovery: Recovery): void {
  const late = turn.nowMs >= recovery.sinceMs + ANSWER_MS;
  const again = recovery.stage === 'blocked' && turn.nowMs >= recovery.sinceMs + AGAIN_MS;
  if (hasChanged(turn, recovery) || again) return start(turn, recovery.number, recovery.why, recovery.participants);
  if (recovery.stage === 'asking') {
    const answered = [...recovery.standings.keys()];
    const all = recovery.asked.every((node) => recovery.standings.has(node));
    if (all || late) settle(turn, recovery, answered);
  } else if (recovery.stage === 'settling') {
    const settled = hasSettledHere(turn, recovery) ? [...recovery.settled, turn.state.self.node] : recovery.settled;
    const all = recovery.asked.every((node) => settled.includes(node));
    const opening = instanceOf(turn, recovery.number)?.opening;
    if ((all || late) && (opening === undefined || areEnough(turn, opening, settled))) end(turn, recovery);
    else if (late) update(turn, recovery, { stage: 'blocked', sinceMs: turn.nowMs }); // a disk that could not be written may be again
  }
}

/** Our own record says so, on disk where it must be. */
function hasSettledHere(turn: Turn, { number, ballot }: Recovery): boolean {
  const instance = instanceOf(turn, number);
  return instance === undefined || (instance.accepted?.ballot === ballot && instance.unsaid === null);
}

/** Nor has a new start, where what it said was on its disk before. */
function forgetsNothing(turn: Turn, opening: Opening, node: NodeId): boolean {
  return protocolOf(opening)?.isDurable(opening.body) === true || remembers(turn, opening, node);
}

/** The others lack its ACK for good. Who has never heard of it has promised nothing. */
function withholds(turn: Turn, opening: Opening, node: NodeId, standing: Standing): boolean {
  if (standing.opening === null || !takesPart(opening, node) || !forgetsNothing(turn, opening, node)) return false;
  return standing.acknowledged < roundNames(opening).length;
}

/** A majority that cannot have forgotten what it said. What is on disk is never forgotten. */
function areMajority(turn: Turn, opening: Opening, nodes: readonly NodeId[]): boolean {
  const { quorum } = turn.state.config;
  // A witness and a shared disk remember nothing of it: of two nodes both are needed.
  if (quorum === 'witness' || quorum === 'disk') return opening.participants.every(({ node }) => nodes.includes(node));
  const durable = protocolOf(opening)?.isDurable(opening.body) === true;
  return hasQuorum(turn, durable ? nodes : nodes.filter((node) => remembers(turn, opening, node)));
}

/** Such a majority, or all participants: what an earlier start of one has done died with it. */
function areEnough(turn: Turn, opening: Opening, nodes: readonly NodeId[]): boolean {
  if (areMajority(turn, opening, nodes)) return true;
  return hasQuorum(turn, nodes) && opening.participants.every(({ node }) => nodes.includes(node));
}

/**
 * That none of these knows of it says that nobody has committed it: one of its participants has never acknowledged it, or all
 * have started anew since. Where they are not known one of every majority would know; of two nodes it may be the other one.
 */
function isForgotten(turn: Turn, { participants }: Recovery, nodes: readonly NodeId[]): boolean {
  if (!hasQuorum(turn, nodes)) return false;
  if (participants.length > 0)
    return nodes.some((node) => remembers(turn, { participants }, node)) || participants.every(({ node }) => nodes.includes(node));
  const { quorum, voters, witness } = turn.state.config;
  return (quorum !== 'witness' && quorum !== 'disk') || voters.every((node) => node === witness || nodes.includes(node));
}

function settle(turn: Turn, recovery: Recovery, answered: readonly NodeId[]): void {
  const { number, ballot, standings } = recovery;
  const known = [...standings.values()].map(({ opening }) => opening).find((opening) => opening !== null);
  const opening = known ?? nothing(turn, number);
  const protocol = protocolOf(opening);
  const coordinator = opening.proposal.node;
  const outcome = choose(protocol, opening, recovery, {
    accounted: opening.participants.every(({ node }) => answered.includes(node)),
    majority: areMajority(turn, opening, answered),
    coordinator: answered.includes(coordinator) && forgetsNothing(turn, opening, coordinator),
    withheld: [...standings].some(([node, standing]) => withholds(turn, opening, node, standing)),
  });
  const found = [...standings.values()].some((standing) => standing.outcome !== null);
  const enough = found || (known === undefined ? isForgotten(turn, recovery, answered) : areEnough(turn, opening, answered));
  if (outcome === null || !enough) return void update(turn, recovery, { stage: 'blocked', sinceMs: turn.nowMs });
  const chosen = update(turn, recovery, { stage: 'settling', choice: outcome, sinceMs: turn.nowMs });
  if (found || known === undefined) return end(turn, chosen, opening);
  for (const node of recovery.asked) turn.send(node, { kind: 'settle', ballot, opening, outcome });
  accept(turn, turn.state.self.node, ballot, opening, outcome);
  if (recovery.asked.length === 0) goOn(turn, chosen);
}

/** Whoever is in doubt of what nobody remembers is told that it came to nothing. */
export function nothing(turn: Turn, number: ProtocolNumber): Opening {
  const { node, boot } = turn.state.self;
  return { number, proposal: { node, boot, counter: 0 }, kind: 'forgotten', body: null, participants: [], leftOut: [], timeoutMs: 1 };
}

export function onSettled(turn: Turn, from: NodeId, { number, ballot }: Extract<RoundsMessage, { kind: 'settled' }>): void {
  const recovery = turn.state.rounds.recoveries.get(number);
  if (recovery?.ballot !== ballot || recovery.choice === null || recovery.settled.includes(from)) return;
  update(turn, recovery, { stage: 'settling', settled: [...recovery.settled, from] });
}

function end(turn: Turn, recovery: Recovery, synthetic?: Opening): void {
  const { number, choice, asked } = recovery;
  const { rounds } = turn.state;
  rounds.recoveries.delete(number);
  if (choice === null) return;
  const instance = instanceOf(turn, number);
  const opening = instance?.opening ?? endedOf(turn, number)?.opening ?? synthetic;
  if (opening === undefined) return;
  const ended = { opening, outcome: choice };
  for (const node of asked) turn.send(node, { kind: 'decision', ended });
  if (instance?.outcome === null) conclude(turn, instance, choice, []);
  else if (instance === undefined) onDecision(turn, ended);
  turn.publish('protocol-recovered', turn.state.self.node, {
    protocol: nameOf(number),
    kind: opening.kind,
    committed: choice.committed,
    why: recovery.why.reason,
  });
}
