// A protocol that a manager recovers, at one of its members: it says where it stands, promises to go no further by itself,
// and writes down what the manager has chosen. A later ballot counts more than an earlier one.
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { acknowledged, endedOf, hasEndedUnremembered, instanceOf, newInstance, protocolOf, change } from './instances.ts';
import type { RoundsMessage } from './messages.ts';
import type { Instance, Opening, Outcome, ProtocolNumber, Standing } from './state.ts';

export function onRecover(turn: Turn, from: NodeId, message: Extract<RoundsMessage, { kind: 'recover' }>): void {
  if (from !== turn.state.manager || turn.state.role === 'manager') return;
  const { number, ballot } = message;
  const standing = promise(turn, number, ballot);
  if (standing !== null) turn.send(from, { kind: 'standing', number, ballot, standing });
}

/** Null: a later ballot is promised already. */
export function promise(turn: Turn, number: ProtocolNumber, ballot: bigint): Standing | null {
  const ended = endedOf(turn, number);
  if (ended !== undefined) return standingOf(null, ended.opening, ended.outcome, turn.state.self.node);
  const instance = instanceOf(turn, number);
  if (instance === undefined) return standingOf(null, null, null, turn.state.self.node);
  if (ballot < instance.ballot) return null;
  const promised = change(instance, { ballot, stage: instance.stage === 'awaiting' ? 'recovering' : instance.stage });
  return standingOf(promised, instance.opening, instance.outcome, turn.state.self.node);
}

function standingOf(instance: Instance | null, opening: Opening | null, outcome: Outcome | null, self: NodeId): Standing {
  const first = [...(instance?.acks ?? [])].map(([node, acks]) => ({ node, ok: acks.every((ack) => ack.ok) }));
  return {
    opening,
    acknowledged: instance === null ? 0 : acknowledged(instance, self),
    agreed: first.filter(({ ok }) => ok).map(({ node }) => node),
    refused: first.filter(({ ok }) => !ok).map(({ node }) => node),
    accepted: instance?.accepted ?? null,
    // A decision that is being written is one: nothing else may be chosen any more.
    outcome: outcome ?? (instance?.unsaid?.what === 'decision' ? instance.unsaid.outcome : null),
  };
}

export function onSettle(turn: Turn, from: NodeId, message: Extract<RoundsMessage, { kind: 'settle' }>): void {
  if (from !== turn.state.manager || turn.state.role === 'manager') return;
  accept(turn, from, message.ballot, message.opening, message.outcome);
}

export function accept(turn: Turn, manager: NodeId, ballot: bigint, opening: Opening, outcome: Outcome): void {
  const { number } = opening;
  if (endedOf(turn, number) !== undefined || hasEndedUnremembered(turn, opening)) return say(turn, manager, number, ballot);
  const instance = instanceOf(turn, number) ?? newInstance(turn, opening, { stage: 'recovering' });
  if (ballot < instance.ballot || instance.unsaid?.what === 'decision') return;
  const accepted = { ballot, outcome };
  if (protocolOf(opening)?.isDurable(opening.body) !== true) {
    change(instance, { ballot, accepted, stage: 'recovering', unsaid: null });
    return say(turn, manager, number, ballot);
  }
  const before = instance.unsaid?.what === 'accept' ? instance.unsaid.before : instance.accepted;
  change(instance, { ballot, accepted, stage: 'writing', unsaid: { what: 'accept', to: manager, before } });
  const own = acknowledged(instance, turn.state.self.node);
  turn.do({ type: 'record', number, record: { opening, acknowledged: own, accepted, outcome: null } });
}

/** The manager itself looks at its own record. */
function say(turn: Turn, manager: NodeId, number: ProtocolNumber, ballot: bigint): void {
  if (manager !== turn.state.self.node) turn.send(manager, { kind: 'settled', number, ballot });
}
