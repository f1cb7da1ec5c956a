// How a protocol ends at one node: the outcome is written where that is asked for, told to those that cannot find it, and
// takes effect in the order of the numbers, once.
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { endedOf, inOrder, instanceOf, isAny, newInstance, protocolOf, change, remembers } from './instances.ts';
import { remember, wantedAfter } from './remembering.ts';
import type { RoundsMessage } from './messages.ts';
import { type Ended, epochOf, type Instance, nameOf, type Outcome, type ProtocolNumber, type RoundsState } from './state.ts';

/** @param tell participants that have acknowledged all rounds, and wait to be told */
export function decide(turn: Turn, instance: Instance, outcome: Outcome, tell: readonly NodeId[] = []): void {
  if (instance.outcome !== null || instance.unsaid?.what === 'decision') return;
  const { opening } = instance;
  if (protocolOf(opening)?.isDurable(opening.body) !== true) return conclude(turn, instance, outcome, tell);
  change(instance, { stage: 'writing', unsaid: { what: 'decision', outcome, tell } });
  turn.do({ type: 'record', number: opening.number, record: { opening, acknowledged: 0, accepted: null, outcome } });
}

export function conclude(turn: Turn, instance: Instance, outcome: Outcome, tell: readonly NodeId[]): void {
  const { opening } = instance;
  const { rounds } = turn.state;
  change(instance, { outcome, stage: 'decided', unsaid: null });
  rounds.recoveries.delete(opening.number);
  // It may have been settled here after this node was told to wait for it.
  listenNoMore(rounds, opening.number);
  const said: RoundsMessage = { kind: 'outcome', number: opening.number, outcome };
  for (const node of tell) turn.send(node, said);
  const whole: RoundsMessage = { kind: 'decision', ended: { opening, outcome } };
  for (const node of listeners(turn, instance)) turn.send(node, whole);
  applyDecided(turn);
}

/** At the manager: members that take no part, or did so in an earlier start, and must have the outcome all the same. */
function listeners(turn: Turn, { opening }: Instance): NodeId[] {
  const { role, epoch, rounds } = turn.state;
  // What was known of positions in an earlier epoch counts no more: such a member may lack what came before.
  if (role !== 'manager' || rounds.readyEpoch !== epoch) return [];
  return turn
    .active()
    .map((member) => member.node)
    .filter((node) => !remembers(turn, opening, node) && rounds.ready.has(node));
}

/** What the coordinator has found. Who knows nothing of it (it was started anew) gets it with all that it has missed. */
export function onOutcome(turn: Turn, number: ProtocolNumber, outcome: Outcome): void {
  const known = instanceOf(turn, number);
  if (known !== undefined) onDecision(turn, { opening: known.opening, outcome });
}

/** An outcome that another node has found. */
export function onDecision(turn: Turn, { opening, outcome }: Ended): void {
  const { rounds } = turn.state;
  const { number } = opening;
  listenNoMore(rounds, number);
  const known = instanceOf(turn, number);
  const ended = endedOf(turn, number);
  if (known !== undefined) decide(turn, known, outcome);
  else if (ended !== undefined) tryAgain(turn, ended);
  else if (opening.kind !== 'commit' || number > rounds.applied) decide(turn, newInstance(turn, opening), outcome);
  applyDecided(turn);
}

function listenNoMore(rounds: RoundsState, number: ProtocolNumber): void {
  if (rounds.listening.some((each) => each.number === number)) rounds.listening = rounds.listening.filter((each) => each.number !== number);
}

/** In the order of the numbers among each kind; nothing overtakes one whose outcome is not known yet. */
export function applyDecided(turn: Turn): void {
  if (!isAny(turn, ({ outcome }) => outcome !== null)) return;
  const blocked = new Set<string>();
  const { listening, held, behind, knownUpTo } = turn.state.rounds;
  const isHeld = held || behind !== null;
  for (const instance of inOrder(turn)) {
    const { kind, number } = instance.opening;
    // What has come to nothing is in nobody's way.
    if (instance.outcome?.committed === false) apply(turn, instance, instance.outcome);
    else if (blocked.has(kind)) continue;
    else if ((isHeld && number > knownUpTo) || instance.outcome === null || listening.some((other) => other.number < number))
      blocked.add(kind);
    else apply(turn, instance, instance.outcome);
  }
}

function apply(turn: Turn, instance: Instance, outcome: Outcome): void {
  const { rounds } = turn.state;
  const { opening } = instance;
  rounds.instances.delete(opening.number);
  const isLost = remember(rounds, { opening, outcome }, () => wantedAfter(turn));
  if (isLost) turn.publish('operations-forgotten', turn.state.self.node, { upTo: nameOf(rounds.forgottenUpTo) });
  const protocol = protocolOf(opening);
  // The program has kept it, though the disk that should have said so failed.
  const kept = opening.kind === 'commit' && opening.number <= rounds.applied;
  if (outcome.committed && !kept) protocol?.commit(turn, instance);
  if (!outcome.committed) protocol?.undo(turn, instance);
  if (opening.kind === 'commit' && outcome.committed && !kept) rounds.applied = opening.number;
  answerWish(turn, opening.number, instance, outcome);
}

/** It came to nothing here before a manager that still looked for its outcome said that the wish was opened as this. */
function tryAgain(turn: Turn, { opening, outcome }: Ended): void {
  const wish = turn.state.rounds.proposals.get(opening.proposal.counter);
  if (wish?.number === opening.number && !outcome.committed) answerWish(turn, opening.number, { opening }, outcome);
}

/** The program that wanted it is told; where a participant was lost it is tried again in the new view, while there is time. */
function answerWish(turn: Turn, number: ProtocolNumber, { opening }: Pick<Instance, 'opening'>, outcome: Outcome): void {
  const { rounds, self } = turn.state;
  const { node, boot, counter } = opening.proposal;
  const wish = rounds.proposals.get(counter);
  if (node !== self.node || boot !== self.boot || wish === undefined) return;
  // An opening that never came here, and that a later one has replaced.
  const replaced = wish.number === null ? epochOf(number) < wish.sentEpoch : wish.number !== number;
  if (replaced && !outcome.committed) return;
  if (outcome.code === 'view' && turn.nowMs < wish.sinceMs + wish.timeoutMs) {
    rounds.proposals.set(counter, { ...wish, number: null, sentTo: null });
    return;
  }
  rounds.proposals.delete(counter);
  if (outcome.committed) turn.do({ type: 'reply', id: wish.id, error: null, number });
  else turn.reply(wish.id, 'HW_OPERATION_ABORTED', reasonFor(outcome));
}

function reasonFor({ code, reason, culprit }: Outcome): string {
  const said = reason === '' ? code : reason;
  return culprit === 0 ? said : `node ${culprit}: ${said}`;
}
