// The records of running and ended protocols: found, replaced, kept within bounds.
import type { Turn } from '../membership/turn.ts';
import type { NodeId } from '../types.ts';
import { kinds } from './kinds.ts';
import { type PeerProtocol, roundsOf } from './kind.ts';
import { isNewer } from './remembering.ts';
import {
  type Ack,
  type Awaited,
  type Ended,
  inNumberOrder,
  type Instance,
  type Opening,
  type ProposalId,
  type ProtocolNumber,
} from './state.ts';

export function instanceOf(turn: Turn, number: ProtocolNumber): Instance | undefined {
  return turn.state.rounds.instances.get(number);
}

/** In place: a copy for each of its many changes would cost more than all else. */
export function change(instance: Instance, changes: Partial<Instance>): Instance {
  return Object.assign(instance, changes);
}

export function newInstance(turn: Turn, opening: Opening, changes: Partial<Instance> = {}): Instance {
  const instance: Instance = {
    opening,
    sinceMs: turn.nowMs,
    deadlineMs: turn.nowMs + opening.timeoutMs,
    round: 0,
    roundSinceMs: turn.nowMs,
    stage: 'working',
    acks: new Map(),
    ballot: 0n,
    accepted: null,
    outcome: null,
    unsaid: null,
    begun: false,
    ...changes,
  };
  insert(turn, instance);
  dueBy(turn, instance.deadlineMs);
  return instance;
}

/** The rounds are looked at then at the latest; whether anything is to be done is found then. */
export function dueBy({ state }: Turn, atMs: number): void {
  state.rounds.dueMs = Math.min(state.rounds.dueMs, atMs);
}

/** They stay in the order of their numbers: nearly always the new one is the last. */
function insert(turn: Turn, instance: Instance): void {
  const { rounds } = turn.state;
  const { number } = instance.opening;
  let isLast = true;
  for (const other of rounds.instances.keys()) isLast &&= other < number;
  rounds.instances.set(number, instance);
  if (!isLast) rounds.instances = inNumberOrder([...rounds.instances.values()]);
}

export function endedOf(turn: Turn, number: ProtocolNumber): Ended | undefined {
  const { ended, endedUpTo } = turn.state.rounds;
  return number > endedUpTo ? undefined : ended.findLast(({ opening }) => opening.number === number);
}

/** The one that this wish has become. */
export function endedWish(turn: Turn, wish: ProposalId): Ended | undefined {
  const { ended, endedWishes } = turn.state.rounds;
  return isNewer(wish, endedWishes.get(wish.node)) ? undefined : ended.findLast(({ opening }) => isSame(opening, wish));
}

export function isSame({ proposal }: Opening, { node, boot, counter }: ProposalId): boolean {
  return proposal.counter === counter && proposal.node === node && proposal.boot === boot;
}

/** Ended, or decided and waiting for its turn. */
export function outcomeOf(turn: Turn, number: ProtocolNumber): Ended | undefined {
  const instance = instanceOf(turn, number);
  const decided =
    instance === undefined || instance.outcome === null ? undefined : { opening: instance.opening, outcome: instance.outcome };
  return decided ?? endedOf(turn, number);
}

/** Undecided ones, in their order. */
export function undecided(turn: Turn): Instance[] {
  return inOrder(turn).filter((instance) => instance.outcome === null);
}

/** Looked for in place: at most steps there is none among many. */
export function isAny(turn: Turn, accepts: (instance: Instance) => boolean): boolean {
  for (const instance of turn.state.rounds.instances.values()) if (accepts(instance)) return true;
  return false;
}

export function inOrder(turn: Turn): Instance[] {
  return [...turn.state.rounds.instances.values()];
}

/** Null: this node does not know the kind, or the body is none of it. */
export function protocolOf(opening: Opening): PeerProtocol | null {
  const protocol = kinds().get(opening.kind);
  return protocol?.accepts(opening.body) === true ? protocol : null;
}

/** Names of its rounds; one without a name where the kind is not known here. */
export function roundNames(opening: Opening): readonly string[] {
  const protocol = protocolOf(opening);
  return protocol === null ? ['unknown'] : roundsOf(protocol, opening.body);
}

export function awaitedOf({ number, participants }: Awaited): Awaited {
  return { number, participants };
}

/** Of what it knows already it keeps what it knows. */
export function listenTo({ state, nowMs }: Turn, awaited: readonly Awaited[]): void {
  const { rounds } = state;
  if (awaited.length === 0) return;
  const known = new Set(rounds.listening.map(({ number }) => number));
  const fresh = awaited
    .filter(({ number }) => !known.has(number))
    .map(({ number, participants }) => ({ number, participants, sinceMs: nowMs }));
  if (fresh.length > 0) rounds.listening = [...rounds.listening, ...fresh];
}

export function takesPart(opening: Opening, node: NodeId): boolean {
  return opening.participants.some((participant) => participant.node === node);
}

/** It takes part and has not started anew since, and so has forgotten nothing. */
export function remembers({ state }: Turn, { participants }: Pick<Opening, 'participants'>, node: NodeId): boolean {
  const boot = node === state.self.node ? state.self.boot : state.members.get(node)?.boot;
  return participants.some((participant) => participant.node === node && participant.boot === boot);
}

/** An operation that this start has gone past: it took effect here, or came to nothing, and is remembered no more. */
export function hasEndedUnremembered(turn: Turn, { number, kind }: Pick<Opening, 'number' | 'kind'>): boolean {
  const { applied, beganAt } = turn.state.rounds;
  return kind === 'commit' && number > beganAt && number <= applied && instanceOf(turn, number) === undefined;
}

export function ackOf(instance: Instance, node: NodeId, round: number): Ack | undefined {
  return instance.acks.get(node)?.find((ack) => ack.round === round);
}

/** Rounds that this node has acknowledged with ok. */
export function acknowledged(instance: Instance, node: NodeId): number {
  return instance.acks.get(node)?.filter((ack) => ack.ok).length ?? 0;
}
