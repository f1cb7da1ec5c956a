// At the node that will be away: the others are told; when they have noted it what this node owns is moved; only then the
// command is answered, so that a hook may let the machine stop (V2-V4).
import { move } from '../membership/handover.ts';
import { areHandedOver, giveAllUp, longestStopMs } from '../resources/release.ts';
import { refuseUnsaid } from '../rounds/running.ts';
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { type Absence, PAUSE_MS_MAX } from './absence.ts';
import { beginReturn, endAbsence } from './returning.ts';

export interface PauseCommand {
  readonly name: 'pause';
  /** 1 to 1,800,000. */
  readonly forMs: number;
  readonly reason: string;
  /** V5: how long protocols that are open already wait for this node's ACKs. */
  readonly responseMs: number;
  /** `move`: addresses and management are moved before; `keep`: they go when their lease ends. */
  readonly policy: 'move' | 'keep';
}

/** A stage may take so many beat time-outs, and at least so long. */
const STAGE_TIMEOUTS = 3;
const STAGE_MS_MIN = 2000;
/** A hand-over has its own deadlines; this is beyond their sum. */
const HAND_OVER_MS = 10_000;

export function pause(turn: Turn, id: number, command: PauseCommand): void {
  const { state, nowMs } = turn;
  const { forMs, reason, responseMs, policy } = command;
  const refuse = (why: string): void => turn.reply(id, 'HW_REFUSED', why);
  if (!(forMs >= 1 && forMs <= PAUSE_MS_MAX)) return refuse(`a pause takes 1 ms to ${PAUSE_MS_MAX / 60_000} minutes`);
  if (state.role === 'offline' || state.role === 'unmanaged') return refuse(`this node is ${state.role}: nobody waits for it`);
  if (state.pending !== null) return refuse(`a ${state.pending.kind} is under way`);
  if (state.absence !== null && state.absence.stage !== 'away') return refuse('another pause begins or ends just now');
  const managed = state.role === 'manager' || state.absence?.managed === true;
  if (state.role === 'manager') turn.publishToAll('node-inactive', state.self.node, { reason, forMs });
  tellAll(turn, { ...{ reason, forMs, responseMs, policy, managed, id }, sinceMs: nowMs, isLast: false });
}

/** V2. Each counts the announced time from its own note on. */
function tellAll(turn: Turn, announced: Omit<Absence, 'stage' | 'deadlineMs' | 'untilMs' | 'awaited'>): void {
  const { state, nowMs } = turn;
  const { forMs, responseMs, reason, managed } = announced;
  const awaited = turn.active().flatMap(({ node, away }) => (away === null ? [node] : []));
  state.absence = {
    ...announced,
    stage: 'telling',
    deadlineMs: nowMs + Math.max(STAGE_TIMEOUTS * state.beatTimeoutMs, STAGE_MS_MIN),
    untilMs: nowMs + forMs,
    awaited,
  };
  state.isMissed = true;
  turn.tell({ kind: 'inactive', forMs, responseMs, reason, managed, applied: state.rounds.applied, again: announced.isLast });
  if (awaited.length === 0) noted(turn, state.absence);
}

export function onInactiveNoted(turn: Turn, from: NodeId): void {
  const { absence } = turn.state;
  if (absence?.stage !== 'telling') return;
  const awaited = absence.awaited.filter((node) => node !== from);
  turn.state.absence = { ...absence, awaited };
  if (awaited.length === 0) noted(turn, turn.state.absence);
}

function noted(turn: Turn, absence: Absence): void {
  const { state, nowMs } = turn;
  if (absence.policy === 'keep' || absence.isLast) return goAway(turn, absence);
  const target = state.role === 'manager' ? actingFor(turn) : null;
  if (!giveAllUp(turn) && target === null) return goAway(turn, absence);
  state.absence = { ...absence, stage: 'handingOver', deadlineMs: nowMs + HAND_OVER_MS + longestStopMs(state) };
  if (target !== null) move(turn, null, null, target);
}

/** V4: the standby, and where there is none the eligible node with the lowest member id. Null: nobody can act for it. */
function actingFor(turn: Turn): NodeId | null {
  const able = turn.active().filter((member) => turn.maySucceed(member));
  const standby = able.find((member) => member.node === turn.state.standby);
  const byMemberId = [...able].sort((left, right) => (left.memberId ?? Infinity) - (right.memberId ?? Infinity));
  return (standby ?? byMemberId[0])?.node ?? null;
}

/** What was owned has been moved, which took its time: the others count anew, so that it is away for as long as announced. */
function tellAgain(turn: Turn, absence: Absence): void {
  tellAll(turn, { ...absence, isLast: true });
}

/** From now on the machine may stop. */
function goAway(turn: Turn, absence: Absence): void {
  refuseUnsaid(turn);
  if (absence.id !== null) turn.reply(absence.id);
  turn.state.absence = { ...absence, stage: 'away', deadlineMs: Math.max(absence.untilMs, turn.nowMs + 1), id: null };
}

/** What is due at the node itself. */
export function pauseDue(turn: Turn): void {
  const { state, nowMs } = turn;
  const { absence } = state;
  if (absence === null) return;
  if (state.role === 'offline' || state.role === 'unmanaged') return endAbsence(turn, `this node is ${state.role} now`);
  // It has been given management meanwhile, and whoever gave it may have noted nothing: all hear it from the manager that it is now.
  if (absence.stage === 'telling' && state.role === 'manager' && !absence.managed)
    return tellAll(turn, { ...absence, managed: true, isLast: false });
  if (absence.stage === 'handingOver') return handedOver(turn, absence);
  if (nowMs < absence.deadlineMs) return;
  if (absence.stage === 'telling') notedByMost(turn, absence);
  else beginReturn(turn);
}

/** The hand-over has ended, well or not. */
function handedOver(turn: Turn, absence: Absence): void {
  const { state, nowMs } = turn;
  if (!areHandedOver(turn) && nowMs < absence.deadlineMs) return;
  if (state.role === 'manager' && state.pending === null && actingFor(turn) === null) return tellAgain(turn, absence);
  const isManaged = state.manager !== null && state.members.get(state.manager)?.phase === 'active';
  if (state.role !== 'manager' && isManaged) return tellAgain(turn, absence);
  if (nowMs >= absence.deadlineMs || (state.role === 'manager' && state.pending === null))
    callOff(turn, absence, 'management could not be handed over');
}

/**
 * Who has not noted it in time is as good as lost, and the others have counted since then; without the manager's note the
 * pause would count as a failure.
 */
function notedByMost(turn: Turn, absence: Absence): void {
  const { manager } = turn.state;
  const isNoted = manager === null || !absence.awaited.includes(manager);
  if (isNoted && absence.policy === 'keep' && !absence.isLast) return tellAgain(turn, absence);
  if (isNoted) return noted(turn, absence);
  callOff(turn, absence, 'the manager has not noted it');
}

/** The others were told, and leave it out: it comes back at once. */
function callOff(turn: Turn, absence: Absence, why: string): void {
  if (absence.id !== null) turn.reply(absence.id, 'HW_REFUSED', why);
  turn.state.absence = { ...absence, managed: false, id: null };
  beginReturn(turn);
}
