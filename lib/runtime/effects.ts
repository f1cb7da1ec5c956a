// Carries out what the protocol wants done: one line an effect, into the native node, the journal or the people.
import { encodeAnnouncement } from '../protocol/codec/codec.ts';
import type { Message } from '../protocol/membership/messages.ts';
import type { ParameterWork } from '../protocol/parameters/parameters.ts';
import type { ParameterSet } from '../protocol/parameters/settings.ts';
import type { ClusterEvent, Effect, Event } from '../protocol/types.ts';
import { commit } from '../protocol/commit/commit.ts';
import { RECONFIGURE } from '../protocol/reconfiguration/reconfigure.ts';
import { nameOf } from '../protocol/rounds/state.ts';
import type { ConfigurationDesk } from './configuration-desk.ts';
import type { ResourceCommands } from './commands/resource-commands.ts';
import type { DecisionLog } from './decision-log.ts';
import type { Operations } from './operations.ts';
import type { NativeNode } from '../native.ts';
import type { ParameterKeeper } from './parameter-keeper.ts';
import type { Outbox } from './outbox.ts';
import type { Places } from './places.ts';
import type { Registers } from './registers.ts';
import type { StepAnswer } from './resource-steps.ts';
import type { Replies } from './replies.ts';
import type { Logger } from './types.ts';

export interface EffectHands {
  readonly native: NativeNode;
  readonly registers: Registers;
  readonly outbox: Outbox;
  readonly places: Places;
  readonly replies: Replies;
  readonly commands: ResourceCommands;
  readonly logger: Logger;
  /** Over which bridged nodes are sought. */
  contactLink(host: string): number;
  publish(event: ClusterEvent): void;
  readonly operations: Operations;
  readonly parameters: ParameterKeeper;
  readonly decisions: DecisionLog;
  /** Null: this node keeps none. */
  readonly configurations: ConfigurationDesk | null;
  /** Null: the disk takes them again. */
  diskFailed(error: Error | null): void;
  feed(event: Event): void;
}

/** What other nodes take as a reason. */
const REASON_MAX = 1000;

/** Handlers of operations see to it themselves, where there are any. */
function mayTakeTime(effect: Effect): boolean {
  const { type } = effect;
  if (type === 'work') return effect.kind !== commit.kind;
  return type !== 'send' && type !== 'apply' && type !== 'reply' && type !== 'record';
}

/** @throws what the native node throws */
export function carryOut(effect: Effect, hands: EffectHands): void {
  const { native, outbox, places, registers } = hands;
  if (mayTakeTime(effect)) outbox.flush();
  switch (effect.type) {
    case 'announce':
      return native.announce(encodeAnnouncement(effect.announcement));
    case 'contact':
      return native.contact(effect.host, effect.port, hands.contactLink(effect.host));
    case 'send':
      return send(effect, hands);
    case 'closeChannel':
      return outbox.forget(effect.node);
    case 'setPeer':
      return hands.parameters.setPeer(effect);
    case 'removePeer':
      return native.removePeer(effect.node);
    case 'reserve':
      return hands.feed({ type: 'reserved', seat: effect.seat, ...registers.reserve(effect.seat, effect.epoch) });
    case 'setOrders':
      return native.setOrders(effect.seat, effect.ordersId, effect.baseEpoch, effect.chain);
    case 'stand':
      return native.stand(effect.seat);
    case 'release':
      return native.release(effect.seat, effect.successor);
    case 'stopCommands':
      return hands.commands.stop(effect.seat);
    case 'forgiveCommands':
      return hands.commands.forgive(effect.seat);
    case 'setVoting':
      return registers.setVoting(effect.on);
    case 'setAddresses':
      return places.set(effect.seat, effect.addresses, effect.activeNetwork);
    case 'closeSeat':
      hands.commands.close(effect.seat);
      return places.close(effect.seat);
    case 'prefer':
      return prefer(effect.network, hands);
    case 'publish':
      return hands.publish(effect.event);
    case 'reply':
      return hands.replies.answer(effect.id, effect.error, effect.number);
    case 'work':
      return work(effect, hands);
    case 'apply':
      return hands.operations.apply(effect.number, effect.operation, effect.proposal);
    case 'setVoters':
      return native.setVoters(effect.voterSet, effect.quorum, effect.voters, 0);
    case 'keepDefault':
      return hands.configurations?.keepDefault(effect.held);
    case 'activate':
      return hands.configurations?.activate(effect.active, effect.protocol);
    case 'keepParameters':
      return keepParameters(effect.set, hands);
    case 'undone':
      if (effect.kind === RECONFIGURE) hands.configurations?.undone(effect.number);
      if (effect.kind === 'parameters') hands.parameters.undo();
      return hands.logger.debug({ protocol: nameOf(effect.number), reason: effect.reason }, 'a protocol has come to nothing');
    case 'record':
      return record(effect, hands);
  }
}

function work(effect: Extract<Effect, { type: 'work' }>, hands: EffectHands): void {
  const { number, kind, round, body, proposal } = effect;
  const worked = ({ ok, reason = '', payload = null }: StepAnswer): void =>
    hands.feed({ type: 'worked', number, round, ok, reason: reason.slice(0, REASON_MAX), payload });
  if (kind === 'commit') hands.operations.vote(number, body, proposal, worked);
  else if (kind === 'parameters') workOnParameters(round, body as ParameterWork, hands, worked);
  else if (hands.configurations === null) worked({ ok: false, reason: 'it keeps no configuration' });
  else hands.configurations.work(effect, worked);
}

/** C17: both configurations of this node must be able to name them, before anything is changed. */
function workOnParameters(round: number, work: ParameterWork, hands: EffectHands, worked: (answer: StepAnswer) => void): void {
  try {
    const reason = round === 0 ? (hands.configurations?.parameterProblem(work.set) ?? null) : null;
    if (reason !== null) return worked({ ok: false, reason });
  } catch (error) {
    return worked({ ok: false, reason: error instanceof Error ? error.message : String(error) });
  }
  hands.parameters.work(round, work, (result) => worked(result));
}

/** P4: a node that cannot keep them says so, and is no member. */
function keepParameters(set: ParameterSet, hands: EffectHands): void {
  const { version } = set;
  try {
    hands.parameters.keep(set);
    hands.feed({ type: 'parametersKept', version, ok: true, reason: '' });
  } catch (error) {
    hands.feed({ type: 'parametersKept', version, ok: false, reason: error instanceof Error ? error.message : String(error) });
    throw error;
  }
  hands.configurations?.useParameters(set);
}

function record({ number, record }: Extract<Effect, { type: 'record' }>, hands: EffectHands): void {
  hands.decisions.record(number, record, (error) => {
    hands.diskFailed(error);
    hands.feed({ type: 'recorded', number, ok: error === null });
  });
}

function send({ to, message: said, isQuiet }: Extract<Effect, { type: 'send' }>, hands: EffectHands): void {
  const message = said as Message;
  try {
    hands.outbox.send(to, message, isQuiet === true);
  } catch (error) {
    const code = (error as { code?: string }).code;
    const isTooLong = code === 'HW_MESSAGE_TOO_LONG';
    if (message.kind === 'wish' && (isTooLong || code === 'HW_QUEUE_OVERFLOW'))
      return hands.feed({ type: 'wishUnsent', node: to, counter: message.counter, isTooLong });
    // Our own fault, not that of who should have had it: it stays a member.
    if (isTooLong) return hands.logger.error({ to, kind: message.kind }, 'a message is too long to be sent; this is a fault of Heartwire');
    hands.logger[code === 'HW_QUEUE_OVERFLOW' ? 'warn' : 'debug']({ to, kind: message.kind, code }, 'a message cannot be sent');
    hands.feed({ type: 'undeliverable', node: to });
  }
}

function prefer(network: string, { native, places }: EffectHands): void {
  const link = places.linkOf(network);
  if (link !== null) native.prefer(link);
}
