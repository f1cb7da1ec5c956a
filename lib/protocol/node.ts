// The protocol of one node: step(state, event, now) gives the next state and what is to be done. No clock, no timer, no
// chance, no socket: whoever drives it (lib/runtime, the simulator, a scenario) brings those.
import { electionDue, standIfBacked } from './election/ballot.ts';
import { onReserved, onReserveNeeded, retryDisk } from './election/install.ts';
import { onHolder, onRefused, onSeat, raiseDue, restandDue } from './election/tenure.ts';
import { forwardedOverdue, onCommand } from './membership/commands.ts';
import { announceIfDue } from './membership/announcing.ts';
import { dueMsOf, nextDeadlineMs } from './membership/deadlines.ts';
import { onAnnounced, onSessionUp } from './membership/discovery.ts';
import { keepStandbyFit, moveIfUnfit, onServes, onStalled, onAdapters, onUnfit, tellCarrier } from './membership/fitness.ts';
import { considerOrphaned, onNodeDown, onNodeUp, onUndeliverable } from './membership/failures.ts';
import { advanceMove, pendingOverdue } from './membership/handover.ts';
import { inactivityDue } from './inactivity/inactivity.ts';
import { onGap } from './inactivity/unannounced.ts';
import { abortOverdue } from './membership/incorporation.ts';
import type { Message } from './membership/messages.ts';
import { addressesOf, contactBridged, onCarrier, onLink, switchIfDue } from './membership/networks.ts';
import { leavingDue } from './membership/leaving.ts';
import { prune } from './membership/pruning.ts';
import { onMessage } from './membership/receive.ts';
import { copyOf, type NodeState } from './membership/state.ts';
import { pickStandby } from './membership/standby.ts';
import { Turn } from './membership/turn.ts';
import { groupsDue, onGroupEvent, onGroupUndeliverable } from './resources/groups.ts';
import { onKept } from './parameters/adoption.ts';
import { startReleased } from './reconfiguration/in-doubt.ts';
import { onRecorded } from './rounds/recording.ts';
import { isOfOperations, isOnlyOfOperations, operationsDue, roundsDue } from './rounds/rounds.ts';
import { onUnsentWish } from './rounds/wishes.ts';
import { acknowledgeAgain, onWorked } from './rounds/running.ts';
import { MANAGER_SEAT } from './types.ts';
import type { Effect, Event, NodeId } from './types.ts';

export { initial, type NodeState } from './membership/state.ts';
export { nextDeadlineMs };
export { snapshot } from './snapshot.ts';

/** Some of it depends on time in ways that no deadline tells: it is looked at so often, where events come as often. */
const SETTLED_MS = 50;

export interface Step {
  readonly state: NodeState;
  readonly effects: readonly Effect[];
}

/**
 * One event on one node.
 * @param nowMs CLOCK_BOOTTIME in ms, never smaller than at the step before
 * @returns the next state (the one given is left as it was) and the effects, in the order in which they are to be done
 * @throws IllegalTransition (HW_ILLEGAL_TRANSITION): an error in the protocol itself
 */
export function step(state: NodeState, event: Event, nowMs: number): Step {
  const next = copyOf(state);
  return { state: next, effects: advance(next, event, nowMs) };
}

/**
 * The same for whoever keeps no earlier state: a copy costs more than most events.
 * @param state is changed
 * @throws IllegalTransition (HW_ILLEGAL_TRANSITION): an error in the protocol itself; the state is of no use any more
 */
export function advance(state: NodeState, event: Event, nowMs: number): readonly Effect[] {
  const turn = new Turn(state, nowMs);
  const mayPassBy = concernsOperationsAlone(state, event, nowMs);
  handle(turn, event);
  if (mayPassBy && isOnlyOfOperations(turn.effects)) operationsDue(turn);
  else lookAtEverything(turn);
  return turn.effects;
}

/** Nothing else is due, and the last look at everything has left nothing for the next one, and is not long ago. */
export function concernsOperationsAlone(state: NodeState, event: Event, nowMs: number): boolean {
  return isOfOperations(event) && nowMs < state.settledUntilMs && nowMs < nextDeadlineMs(state);
}

function lookAtEverything(turn: Turn): void {
  onTime(turn);
  turn.state.dueMs = dueMsOf(turn.state);
  turn.state.settledUntilMs = turn.effects.length === 0 ? turn.nowMs + SETTLED_MS : turn.nowMs;
}

function handle(turn: Turn, event: Event): void {
  switch (event.type) {
    case 'start':
      turn.publish('unmanaged', turn.state.self.node, { reason: 'started' });
      startReleased(turn);
      return addressesOf(turn);
    case 'tick':
      return;
    case 'announced':
      return onAnnounced(turn, event.from, event.boot, event.announcement);
    case 'received':
      return onMessage(turn, event.from, event.boot, event.message as Message);
    case 'sessionUp':
      onSessionUp(turn, event.node, event.boot);
      return acknowledgeAgain(turn, event.node, event.boot);
    case 'undeliverable':
      onGroupUndeliverable(turn, event.node);
      return onUndeliverable(turn, event.node);
    case 'wishUnsent':
      return onUnsentWish(turn, event.node, event.counter, event.isTooLong === true);
    case 'nodeUp':
      onNodeUp(turn, event.node);
      return acknowledgeAgain(turn, event.node, turn.state.members.get(event.node)?.boot);
    case 'nodeDown':
      return onNodeDown(turn, event.node);
    case 'linkUp':
    case 'linkDown':
      return onLink(turn, event.node, event.link, event.type === 'linkUp');
    case 'carrier':
      onCarrier(turn, event.link, event.up);
      return tellCarrier(turn);
    case 'adapters':
      return onAdapters(turn, event.nics);
    case 'seat':
      return event.seat === MANAGER_SEAT ? onSeat(turn, event.news, event.epoch) : onGroupEvent(turn, event);
    case 'holder':
      return event.seat === MANAGER_SEAT ? onHolder(turn, event.node, event.epoch) : onGroupEvent(turn, event);
    case 'refused':
      return event.seat === MANAGER_SEAT ? onRefused(turn, event.node, event.answer, event.epoch) : onGroupEvent(turn, event);
    case 'reserveNeeded':
      return event.seat === MANAGER_SEAT ? onReserveNeeded(turn, event.epoch) : onGroupEvent(turn, event);
    case 'reserved':
      if (event.seat !== MANAGER_SEAT) return onGroupEvent(turn, event);
      onReserved(turn, event.epoch, event.ok);
      standIfBacked(turn);
      return advanceMove(turn);
    case 'commandsOff':
    case 'commandsFailed':
      return onGroupEvent(turn, event);
    case 'nodeStalled':
      return onStalled(turn, event.node, event.stalled);
    case 'nodeServes':
      return onServes(turn, event.node, event.networks);
    case 'unfit':
      return event.seat === MANAGER_SEAT ? onUnfit(turn, event.why, null) : onGroupEvent(turn, event);
    case 'duplicateNode':
      return onDuplicate(turn, event.node);
    case 'gap':
      return onGap(turn);
    case 'worked':
      return onWorked(turn, event.number, event.round, event);
    case 'recorded':
      return onRecorded(turn, event.number, event.ok);
    case 'parametersKept':
      return onKept(turn, event.version, event.ok, event.reason);
    case 'command':
      return onCommand(turn, event.id, event.command);
  }
}

/** Two nodes have one id: it has no vote, and people are told (safety.md, 'Leases' 11). */
function onDuplicate(turn: Turn, node: NodeId): void {
  const { state } = turn;
  if (state.duplicates.includes(node)) return;
  state.duplicates = [...state.duplicates, node];
  turn.publish('duplicate-node', node);
  if (node === state.self.node) turn.do({ type: 'setVoting', on: false });
}

/** Everything that is due by now; each part knows its own deadline. */
function onTime(turn: Turn): void {
  abortOverdue(turn);
  considerOrphaned(turn);
  pendingOverdue(turn);
  forwardedOverdue(turn);
  inactivityDue(turn);
  pickStandby(turn);
  retryDisk(turn);
  electionDue(turn);
  restandDue(turn);
  raiseDue(turn);
  switchIfDue(turn);
  moveIfUnfit(turn);
  keepStandbyFit(turn);
  announceIfDue(turn);
  contactBridged(turn);
  prune(turn);
  groupsDue(turn);
  leavingDue(turn);
  roundsDue(turn);
}
