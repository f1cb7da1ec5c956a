// The end of a pause at the node that was away (V6): it tells the manager of now, gets what it has missed, in order, and
// then tells all that it is normal. Meanwhile it may have missed anything, even a change of manager: so all are asked.
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';

/** Not heard by a manager: asked again so often. */
const AGAIN_MS = 500;

export function resume(turn: Turn, id: number): void {
  const { absence } = turn.state;
  if (absence?.stage === 'handingOver' || absence?.stage === 'telling')
    return turn.reply(id, 'HW_REFUSED', 'the pause begins just now; ask again when it has');
  if (absence?.stage === 'away') beginReturn(turn);
  turn.reply(id);
}

/** Also again, while nobody has answered. */
export function beginReturn(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.absence === null) return;
  if (state.role === 'manager') return backToNormal(turn, false);
  state.absence = { ...state.absence, stage: 'returning', deadlineMs: nowMs + AGAIN_MS };
  turn.tell({ kind: 'returning', isStandby: state.role === 'standby' });
}

/** Another manager is heard than the one that was there before the pause: it will tell. */
export function askToReturn(turn: Turn, manager: NodeId): boolean {
  const { state } = turn;
  if (state.absence === null) return false;
  turn.send(manager, { kind: 'returning', isStandby: state.role === 'standby' });
  return true;
}

export function onReturnHeard(turn: Turn, from: NodeId): void {
  const { state, nowMs } = turn;
  const { absence, rounds } = state;
  if (absence === null || from !== state.manager || from === state.self.node) return;
  if (absence.stage === 'telling' || absence.stage === 'handingOver') return; // of an earlier pause: the command still waits for its answer
  state.absence = { ...absence, stage: 'catchingUp', deadlineMs: nowMs + 10 * AGAIN_MS };
  rounds.positionEpoch = 0n;
  // Nothing had been committed before the pause: below the first number, and no new program that wants nothing of the past.
  if (rounds.applied === 0n) rounds.applied = 1n;
  rounds.held = true; // until the manager has told what was missed
}

/** May this node's position be told to its manager? Whoever is away would count as present by that. */
export function tellsPosition({ state }: Turn): boolean {
  return state.absence === null || state.absence.stage === 'catchingUp';
}

/** The manager has told what was missed, and it has been taken. */
export function caughtUp(turn: Turn, from: NodeId): void {
  const { state } = turn;
  if (state.absence?.stage === 'catchingUp' && from === state.manager) backToNormal(turn, state.absence.managed);
}

function backToNormal(turn: Turn, managed: boolean): void {
  const { state } = turn;
  state.absence = null;
  state.isMissed = false;
  turn.tell({ kind: 'normal', managed });
  if (state.role === 'manager') turn.publishToAll('node-active-again', state.self.node);
}

/** Its incorporation has brought it up to date. For the manager it is new, and the others hear from itself that it is back. */
export function joinedAnew(turn: Turn): void {
  const { state } = turn;
  endAbsence(turn, 'this node has joined anew');
  if (!state.isMissed) return;
  state.isMissed = false;
  turn.tell({ kind: 'normal', managed: false }, state.manager === null ? [] : [state.manager]);
}

/** It comes to nothing, or something else has ended it. */
export function endAbsence(turn: Turn, why: string): void {
  const { absence } = turn.state;
  if (absence === null) return;
  if (absence.id !== null) turn.reply(absence.id, 'HW_REFUSED', why);
  turn.state.absence = null;
}
