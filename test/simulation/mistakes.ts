// Rules of the peer protocols and of absence, broken on purpose, from outside: what a node's step gives, or what it is given, is
// spoilt as a mistake in the protocol would. A simulator that does not notice proves nothing.
import type { Effect, Event } from '../../lib/protocol/types.ts';
import type { Message } from '../../lib/protocol/membership/messages.ts';
import { RECONFIGURE, type Reconfiguration } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { ParameterChange } from '../../lib/protocol/parameters/parameters.ts';
import { NOTHING_SET } from '../../lib/protocol/parameters/settings.ts';
import type { RoundsMessage } from '../../lib/protocol/rounds/messages.ts';
import type { answerMistakes } from './answers.ts';
import { advanceAndLook } from './passed-by.ts';
import { step, type NodeState, type Step } from '../../lib/protocol/node.ts';

const KINDS_OF_CONFIGURATIONS: ReadonlySet<string> = new Set(['defaultConfiguration', 'activeConfiguration']);

/** A sentence each: what is done wrong. */
export const mistakes = {
  'a veto is not heard': 'a refused operation is committed',
  'votes are not written': 'a durable vote is forgotten with a crash',
  'promises are not kept': 'a member goes on by itself in a protocol that a manager recovers',
  'a recovery always aborts': 'what somebody may have committed is aborted elsewhere',
  'a recovery always commits': 'an operation that nobody agreed to is committed',
  'what was missed is not told': 'a member that was away skips operations',
  'the first page is taken for all': 'a member skips what did not fit into one message',
  'what was missed is not waited for': 'a member that is back applies later operations first',
  'decisions are not told': 'a member waits for ever for an outcome that is known',
  'a position is forgotten': 'an operation is applied twice',
  'wishes are opened again': 'an operation is committed twice',
  'nobody tells of the configuration': 'a member that was away runs an old configuration',
  'another set of voters needs no majority': 'two owners after a voter has come or gone',
  'an abort takes nothing back': 'addresses of a change that came to nothing stay',
  'the order is not kept': 'members apply operations in different orders',
} as const;

/** Of changes of parameters (P1, P4). */
export const parameterMistakes = {
  'half of a change is applied': 'one of several parameters changes on one node only',
  'a change that failed is not undone': 'a node goes on by values that were aborted',
  'who joins keeps its own parameters': 'a member that was away has other parameters',
  'a configuration takes back what was set': 'another version is active, without the parameters of the one before',
} as const;

/** Of changes of networks (R5, R7). */
export const networkMistakes = {
  'an abort leaves the new link open': 'a node has a link that no configuration names',
  'a network is active before it is heard': 'a network counts that nobody has been heard on',
  'a member that was away keeps its links': 'a node beats on networks that are no more',
  'an offline link counts': 'whoever closes a link first is taken for failed by the others',
} as const;

/** Of resource groups, and of changes of them (R6, R8). */
export const groupMistakes = {
  'what moves is not dropped first': 'an address is given to another seat while its old owner has it',
  'a change forgets the groups': 'a node goes on with the groups of the old configuration',
  'orders of groups are not told': 'nobody takes a group whose holder is lost',
} as const;

/** Of two adapters on the network of the addresses (R9). */
export const adapterMistakes = {
  'a standby adapter does not count': 'a node whose other adapter serves gives its role up',
  'addresses stay on their adapter': 'nobody reaches them behind one that is dead',
} as const;

/** Of planned moves, where nothing is wrong (C8, V5). */
export const movingMistakes = {
  'an announcement counts at once': 'a member leaves a manager that is about to tell it of itself',
  'what was never heard of is waited for': 'an operation of the manager before comes to nothing, after all its time',
} as const;

/** Of members that die, one at a time, and come back. */
export const restartMistakes = {
  'ACKs are said once': 'an operation waits for one that was lost before two members had a session, until its time is over',
  'a new start is taken for the old one': 'a manager that is incorporating a node waits for its last start',
  'wishes are sent once': 'what was wished for by one that was no member yet is forgotten',
  'an owner waits for refusals': 'its successor needs the vote of one that has just come back, and refuses',
} as const;

/** Of changes that are proposed at once: the explorer is to find these (test/model). */
export const concurrencyMistakes = {
  'a change forgets what it started from': 'it undoes another one, which its proposer has not seen',
  'an ACK counts for later rounds, too': 'a network is active before all have opened it',
  'changes do not wait for each other': 'two changes of the configuration are under way at once',
  'a list is told in the middle of a change': 'who has ended the change goes back, and an address is nobody’s',
  'commands are not waited for': 'a group is given up while its commands run',
  'a list does not say that it is in the middle of a change': 'who starts anew manages with it, and an address is nobody’s',
  'a start waits for its manager’s list': 'it manages with the one that it had in the middle of a change',
} as const;
/** Takes a node that goes, with a group that takes its time and another one that it is given. */
export const GOING_MISTAKE = 'who goes does not say so';
/** Takes disks that are full for a while, again and again. */
export const WRITE_MISTAKE = 'a failed write counts';
export type NetworkMistake = keyof typeof networkMistakes;
export type Mistake =
  | keyof typeof mistakes
  | keyof typeof groupMistakes
  | keyof typeof adapterMistakes
  | keyof typeof answerMistakes
  | keyof typeof movingMistakes
  | keyof typeof restartMistakes
  | keyof typeof parameterMistakes
  | NetworkMistake
  | keyof typeof concurrencyMistakes
  | typeof GOING_MISTAKE
  | typeof WRITE_MISTAKE;

/** For whoever keeps no earlier state: without a mistake it is changed in place, as at a real node. */
export function advanceWith(mistake: Mistake | undefined, state: NodeState, event: Event, nowMs: number): Step {
  return mistake === undefined ? { state, effects: advanceAndLook(state, event, nowMs) } : stepWith(mistake, state, event, nowMs);
}

export function stepWith(mistake: Mistake | undefined, state: NodeState, event: Event, nowMs: number): Step {
  const spoilt = mistake === undefined ? event : spoilEvent(mistake, event);
  const result = stepBy(mistake, state, spoilt, nowMs);
  if (mistake === undefined) return result;
  spoilState(mistake, result.state);
  if (mistake === 'a configuration takes back what was set') return withoutSettings(result);
  if (mistake === 'a change forgets the groups') return withOldGroups(state, result);
  if (mistake === 'what moves is not dropped first' && isChanging(result.state))
    return { state: result.state, effects: result.effects.filter(({ type }) => type !== 'setAddresses') };
  if (mistake === 'an abort takes nothing back') keepAborted(result);
  if (mistake === 'wishes are sent once' && event.type === 'received' && (event.message as Message).kind === 'assign')
    return { state: result.state, effects: result.effects.filter((effect) => !isSend(effect, 'wish')) };
  if (mistake === 'ACKs are said once' && (event.type === 'sessionUp' || event.type === 'nodeUp'))
    return {
      state: result.state,
      effects: result.effects.filter((effect) => !isSend(effect, 'ack')),
    };
  return { state: result.state, effects: result.effects.flatMap((effect) => spoilEffect(mistake, effect)) };
}

function isSend(effect: Effect, kind: Message['kind']): boolean {
  return effect.type === 'send' && (effect.message as Message).kind === kind;
}

function stepBy(mistake: Mistake | undefined, state: NodeState, event: Event, nowMs: number): Step {
  if (mistake === 'changes do not wait for each other') return besideAll(state, event, nowMs);
  if (mistake === 'an ACK counts for later rounds, too') return countedAgain(state, event, nowMs);
  if (mistake === 'a change forgets what it started from') return fromWhateverIsThere(state, event, nowMs);
  if (mistake === 'an announcement counts at once') return step(withWhoManages(state, event), event, nowMs);
  if (mistake === 'a new start is taken for the old one') return withoutNewStart(state, event, nowMs);
  if (mistake === 'what was never heard of is waited for') return step(state, withAllHeardOf(state, event), nowMs);
  if (mistake === 'a list is told in the middle of a change') return withList(state, event, nowMs);
  return step(state, event, nowMs);
}

/** Whoever is announced to manage has done so for long. */
function withWhoManages(state: NodeState, event: Event): NodeState {
  const known = event.type === 'announced' ? state.members.get(event.from) : undefined;
  if (event.type !== 'announced' || known === undefined) return state;
  const told = { ...known, manages: event.announcement.manager, managesSinceMs: Number.NEGATIVE_INFINITY };
  return { ...state, members: new Map(state.members).set(event.from, told) };
}

/** Whoever is being incorporated still is, whichever start of it is heard. */
function withoutNewStart(state: NodeState, event: Event, nowMs: number): Step {
  const result = step(state, event, nowMs);
  if (event.type !== 'sessionUp' && event.type !== 'announced' && event.type !== 'received') return result;
  const node = event.type === 'sessionUp' ? event.node : event.from;
  const known = state.members.get(node);
  const member = result.state.members.get(node);
  if (known?.phase !== 'incorporating' || member === undefined || event.boot === known.boot) return result;
  result.state.members.set(node, { ...known, boot: member.boot });
  return { state: result.state, effects: result.effects.filter((effect) => !isSend(effect, 'connect')) };
}

/** Whoever tells its position has heard of all that is under way. */
function withAllHeardOf({ rounds }: NodeState, event: Event): Event {
  const message = event.type === 'received' ? (event.message as Message) : null;
  if (event.type !== 'received' || message?.kind !== 'position') return event;
  const openings = [...rounds.instances.values()].map(({ opening }) => opening);
  return { ...event, message: { ...message, inDoubt: [...message.inDoubt, ...openings] } };
}

function countedAgain(state: NodeState, event: Event, nowMs: number): Step {
  let result = step(state, event, nowMs);
  const message = event.type === 'received' ? (event.message as Message) : null;
  // The first rounds of a reconfiguration say more than yes.
  if (event.type !== 'received' || message?.kind !== 'ack' || message.round < 2) return result;
  for (const later of [1, 2]) {
    const { state: next, effects } = step(result.state, { ...event, message: { ...message, round: message.round + later } }, nowMs);
    result = { state: next, effects: [...result.effects, ...effects] };
  }
  return result;
}

function isChanging({ rounds }: NodeState): boolean {
  return [...rounds.instances.values()].some(({ opening, outcome }) => opening.kind === RECONFIGURE && outcome === null);
}

function withOldGroups(before: NodeState, { state, effects }: Step): Step {
  const isOver = isChanging(before) && !isChanging(state) && state.self.node === 1;
  return { state: isOver ? { ...state, groups: before.groups } : state, effects };
}

/** C17: parameters are in whatever configuration is active. */
function withoutSettings({ state, effects }: Step): Step {
  if (!effects.some(({ type }) => type === 'activate')) return { state, effects };
  const set = { ...state.parameters, settings: [] };
  return { state: { ...state, parameters: set }, effects: [...effects, { type: 'keepParameters', set }] };
}

/** Changes that waited for another one are opened as if they had been made for what that one has set. */
function fromWhateverIsThere(state: NodeState, event: Event, nowMs: number): Step {
  const { queued } = state.rounds;
  const first = step({ ...state, rounds: { ...state.rounds, queued: [] } }, event, nowMs);
  const { version } = first.state.parameters;
  if (queued.length === 0 || version === state.parameters.version) return step(state, event, nowMs);
  first.state.rounds.queued = queued.map((each) => ({ ...each, body: { ...(each.body as ParameterChange), base: version } }));
  const second = step(first.state, { type: 'tick' }, nowMs);
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** A manager answers with its list as it is at that moment. */
function withList(state: NodeState, event: Event, nowMs: number): Step {
  const result = step(state, event, nowMs);
  if (event.type !== 'received' || (event.message as Message).kind !== 'configured' || state.role !== 'manager') return result;
  const message: Message = { kind: 'virtualAddresses', addresses: result.state.virtualAddresses, changing: null };
  return { state: result.state, effects: [...result.effects, { type: 'send', to: event.from, message }] };
}

/** A manager that gets a wish has forgotten what is under way. */
function besideAll(state: NodeState, event: Event, nowMs: number): Step {
  if (event.type !== 'received' || (event.message as Message).kind !== 'wish') return step(state, event, nowMs);
  const { instances } = state.rounds;
  const result = step({ ...state, rounds: { ...state.rounds, instances: new Map() } }, event, nowMs);
  result.state.rounds.instances = new Map([...instances, ...result.state.rounds.instances]);
  return result;
}

function spoilEvent(mistake: Mistake, event: Event): Event {
  if (event.type === 'recorded') return mistake === WRITE_MISTAKE ? { ...event, ok: true } : event;
  if (event.type !== 'received') return event;
  const message = event.message as Message;
  if (mistake === 'half of a change is applied' && message.kind === 'open' && message.opening.kind === 'parameters') {
    const { opening } = message;
    const { wishes } = opening.body as ParameterChange;
    const half = { ...(opening.body as ParameterChange), wishes: wishes.slice(0, 1) };
    return opening.number % 3n === 0n ? { ...event, message: { ...message, opening: { ...opening, body: half } } } : event;
  }
  if (mistake === 'a list does not say that it is in the middle of a change' && 'changing' in message)
    return { ...event, message: { ...message, changing: null } };
  if (mistake === 'who joins keeps its own parameters') return withoutParameters(event, message);
  if (mistake === 'the first page is taken for all' && message.kind === 'missed') return { ...event, message: { ...message, more: false } };
  if (mistake === 'a veto is not heard' && message.kind === 'ack') return { ...event, message: { ...message, ok: true } };
  return event;
}

function withoutParameters(event: Extract<Event, { type: 'received' }>, message: Message): Event {
  if (message.kind === 'parameters') return { ...event, message: { ...message, set: NOTHING_SET } };
  if (message.kind === 'assign' || message.kind === 'position') return { ...event, message: { ...message, parameters: NOTHING_SET } };
  return event;
}

function spoilState(mistake: Mistake, state: NodeState): void {
  const { rounds } = state;
  if (mistake === 'an owner waits for refusals') for (const member of state.members.values()) member.announcedEpoch = 0n;
  if (mistake === 'a standby adapter does not count') state.config = { ...state.config, standbyAdapters: {} };
  if (mistake === 'a start waits for its manager’s list') state.listWithin = [];
  if (mistake === 'promises are not kept') {
    for (const [number, instance] of rounds.instances)
      if (instance.outcome === null && instance.stage !== 'writing') rounds.instances.set(number, { ...instance, ballot: 0n });
  }
  if (mistake === 'what was missed is not waited for') Object.assign(rounds, { listening: [], held: false, behind: null });
  if (mistake === 'a position is forgotten') rounds.applied = rounds.applied > 1n ? rounds.applied - 3n : rounds.applied;
  if (mistake === 'a position is forgotten' || mistake === 'wishes are opened again') rounds.ended = [];
}

function keepAborted({ state, effects }: Step): void {
  const undone = effects.find((effect) => effect.type === 'undone' && effect.kind === RECONFIGURE);
  if (undone?.type === 'undone') state.virtualAddresses = (undone.body as Reconfiguration).to.addresses;
}

function spoilEffect(mistake: Mistake, effect: Effect): Effect[] {
  if (mistake === 'another set of voters needs no majority' && effect.type === 'setVoters') return [{ ...effect, quorum: 1 }];
  if (mistake === 'an abort leaves the new link open' && effect.type === 'undone' && effect.kind === RECONFIGURE) return [];
  if (mistake === 'a change that failed is not undone' && effect.type === 'undone' && effect.kind === 'parameters') return [];
  if (mistake === 'commands are not waited for' && effect.type === 'stopCommands')
    return [{ type: 'release', seat: effect.seat, successor: 0 }];
  if (effect.type !== 'send') return [effect];
  const message = effect.message as RoundsMessage;
  const settles = message.kind === 'settle' || message.kind === 'outcome' || message.kind === 'decision';
  switch (mistake) {
    case 'a recovery always aborts':
      return settles ? [{ ...effect, message: withOutcome(message, false) }] : [effect];
    case 'a recovery always commits':
      return settles ? [{ ...effect, message: withOutcome(message, true) }] : [effect];
    case 'what was missed is not told':
      return message.kind === 'missed' ? [{ ...effect, message: { ...message, ended: [], undecided: [] } }] : [effect];
    case 'nobody tells of the configuration':
      return KINDS_OF_CONFIGURATIONS.has((effect.message as Message).kind) ? [] : [effect];
    case 'orders of groups are not told':
      return (effect.message as Message).kind === 'groupOrders' ? [] : [effect];
    case GOING_MISTAKE:
      return (effect.message as Message).kind === 'retiring' ? [] : [effect];
    case 'decisions are not told':
      return message.kind === 'outcome' || message.kind === 'decision' ? [] : [effect];
    case 'wishes are opened again':
      return message.kind === 'wish' ? [effect, effect] : [effect];
    default:
      return [effect];
  }
}

function withOutcome(message: RoundsMessage, committed: boolean): RoundsMessage {
  if (message.kind === 'settle' || message.kind === 'outcome') return { ...message, outcome: { ...message.outcome, committed } };
  if (message.kind !== 'decision') return message;
  return { ...message, ended: { ...message.ended, outcome: { ...message.ended.outcome, committed } } };
}
