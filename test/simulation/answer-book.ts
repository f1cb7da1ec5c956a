// What each start of a node has been told of peer protocols, and has said of them itself, as it went in and came out at the
// door of its protocol: what an answer about its progress must agree with. It knows nothing of the protocol's own records.
import type { Message } from '../../lib/protocol/membership/messages.ts';
import type { Opening, ProtocolNumber } from '../../lib/protocol/rounds/state.ts';
import type { Effect, Event, NodeId } from '../../lib/protocol/types.ts';
import type { Host } from './host.ts';

export interface Answer {
  readonly ok: boolean;
  readonly atMs: number;
  /** It is said again when two meet; the first may have come before there was a record of the protocol. */
  readonly againMs: number[];
}

/** Of one protocol at one start of a node. */
export interface Told {
  readonly number: ProtocolNumber;
  opening: Opening | null;
  /** ACKs that have come, by node and round; of each the first. */
  readonly acks: Map<NodeId, Map<number, Answer>>;
  /** ACKs that it has said. */
  readonly own: Map<number, boolean>;
  /** It was asked for its work, or has acknowledged a round. */
  takesPart: boolean;
  /** Somebody has told it the outcome; `maybe`: somebody whom it need not have believed. */
  outcome: 'no' | 'maybe' | 'yes';
  /** It has applied it, or undone it. */
  ended: boolean;
  /** By its manager, as which a manager looks for the outcome. */
  recovered: boolean;
  /** Rounds that its disk says it has acknowledged. */
  restored: number;
  /** It has opened it, as a manager. */
  openedHere: boolean;
  /** A manager has said that a wish of its own was opened as this, and nothing more since. */
  openedAgain: boolean;
  /** It was told to wait for the outcome. */
  awaited: boolean;
  /** At a manager that recovers it: who was asked under which ballot, and who has answered. */
  ballot: bigint;
  asked: readonly NodeId[];
  standing: Set<NodeId>;
  settled: Set<NodeId>;
}

/** A wish of its program or of an administrator that has no answer yet. */
export interface Pending {
  readonly kind: string;
  readonly atMs: number;
  readonly name: string | null;
}

export class Notes {
  readonly boot: bigint;
  readonly protocols: Map<ProtocolNumber, Told> = new Map();
  /** Those that have not ended here. */
  readonly open: Set<Told> = new Set();
  readonly pending: Map<number, Pending> = new Map();
  /** Operations by name that somebody has opened. */
  readonly opened: Set<string> = new Set();
  /** Names of its own wishes, by number, that went to another node. */
  readonly wishes: Map<number, string> = new Map();
  /** The newest operation that it has applied, or need not. */
  applied: ProtocolNumber;
  /** Of standing orders: who has said that they are installed. */
  readonly installed: Set<string> = new Set();
  role = 'unmanaged';

  constructor(boot: bigint, applied: ProtocolNumber) {
    this.boot = boot;
    this.applied = applied;
  }

  of(number: ProtocolNumber): Told {
    let told = this.protocols.get(number);
    if (told === undefined) {
      const none = { opening: null, takesPart: false, outcome: 'no', ended: false, recovered: false, restored: 0 } as const;
      const flags = { openedHere: false, openedAgain: false, awaited: false } as const;
      const empty = { acks: new Map(), own: new Map(), ballot: 0n, asked: [], standing: new Set(), settled: new Set() } as const;
      told = { number, ...none, ...flags, ...empty, standing: new Set(), settled: new Set() };
      this.protocols.set(number, told);
      this.open.add(told);
    }
    return told;
  }
}

export class AnswerBook {
  readonly #notes = new Map<NodeId, Notes>();
  /** No answer is looked at before so many events of the run. */
  lookAtStep = 0;
  /** The node that was stepped last. */
  last: Host | null = null;

  of({ id }: Host): Notes | undefined {
    return this.#notes.get(id);
  }

  /** A start, with what its disk says. */
  begin({ id, boot, disk }: Host): void {
    const notes = new Notes(boot, disk.durable.applied ?? 0n);
    this.#notes.set(id, notes);
    for (const [number, { opening, outcome, acknowledged }] of disk.durable.records) {
      const told = notes.of(number);
      told.opening = opening;
      told.recovered = true;
      told.restored = acknowledged;
      if (outcome !== null) told.outcome = 'yes';
    }
  }

  stepped(host: Host, event: Event, effects: readonly Effect[], nowMs: number): void {
    const notes = this.#notes.get(host.id);
    if (notes === undefined || host.state === null) return;
    this.last = host;
    if (event.type === 'command' && event.command.name === 'propose') {
      const { kind, body } = event.command;
      notes.pending.set(event.id, { kind, atMs: nowMs, name: kind === 'commit' ? (body as { name: string }).name : null });
    }
    if (event.type === 'received' && notes.role !== 'offline') received(notes, host, event.from, event.message as Message, nowMs);
    for (const effect of effects) done(notes, effect);
    notes.role = host.state.role;
  }
}

function received(notes: Notes, host: Host, from: NodeId, message: Message, nowMs: number): void {
  // Whom it does not take for a member it need not believe.
  const isMember = host.state?.members.get(from)?.phase === 'active';
  // A list that was made in the middle of a change: what that came to must be known.
  if ('changing' in message && message.changing !== null) notes.of(message.changing).recovered = true;
  switch (message.kind) {
    case 'open':
      return opened(notes, message.opening);
    case 'ack': {
      const { acks } = notes.of(message.number);
      const known = acks.get(from) ?? new Map<number, Answer>();
      acks.set(from, known);
      const before = known.get(message.round);
      if (before === undefined) known.set(message.round, { ok: message.ok, atMs: nowMs, againMs: [] });
      else before.againMs.push(nowMs);
      return;
    }
    case 'outcome':
      return concluded(notes.of(message.number), notes.of(message.number).takesPart);
    case 'decision':
      opened(notes, message.ended.opening);
      // What it has gone past it need not keep.
      return concluded(notes.of(message.ended.opening.number), message.ended.opening.number > notes.applied);
    case 'recover':
    case 'settle':
      if (message.kind === 'settle') opened(notes, message.opening);
      notes.of(message.kind === 'recover' ? message.number : message.opening.number).recovered = true;
      return;
    case 'missed':
      for (const { opening } of message.ended) {
        opened(notes, opening);
        concluded(notes.of(opening.number), false);
      }
      if (message.applied > notes.applied) notes.applied = message.applied;
      for (const { number } of message.undecided) notes.of(number)[isMember ? 'awaited' : 'recovered'] = true;
      return;
    case 'awaits':
      for (const { number } of message.undecided) notes.of(number)[isMember ? 'awaited' : 'recovered'] = true;
      return;
    case 'position':
      for (const { number } of [...message.inDoubt, ...message.decided]) notes.of(number).recovered = true;
      for (const { number } of message.decided) concluded(notes.of(number), false);
      for (const { number } of message.listening) notes.of(number).recovered = true;
      return;
    case 'standing':
      if (message.standing.opening !== null) opened(notes, message.standing.opening);
      if (notes.of(message.number).ballot === message.ballot) notes.of(message.number).standing.add(from);
      return;
    case 'settled':
      if (notes.of(message.number).ballot === message.ballot) notes.of(message.number).settled.add(from);
      return;
    case 'wishOpened': {
      Object.assign(notes.of(message.number), { recovered: true, openedAgain: true });
      const name = notes.wishes.get(message.counter);
      if (name !== undefined) notes.opened.add(name);
      return;
    }
    case 'ordersInstalled':
      if (message.ok) notes.installed.add(`${message.ordersId} ${from}`);
      return;
    default:
  }
}

function opened(notes: Notes, opening: Opening): void {
  const told = notes.of(opening.number);
  told.opening ??= opening;
  if (opening.kind === 'commit') notes.opened.add((opening.body as { name: string }).name);
}

function concluded(told: Told, isBelieved: boolean): void {
  told.openedAgain = false;
  if (isBelieved) told.outcome = 'yes';
  else if (told.outcome === 'no') told.outcome = 'maybe';
}

function done(notes: Notes, effect: Effect): void {
  switch (effect.type) {
    case 'work':
      notes.of(effect.number).takesPart = true;
      // A manager that is alone opens it without a word.
      if (effect.kind === 'commit') notes.opened.add((effect.body as { name: string }).name);
      return;
    case 'apply':
      if (effect.number > notes.applied) notes.applied = effect.number;
      return ended(notes, effect.number);
    case 'undone':
      return ended(notes, effect.number);
    case 'reply':
      return void notes.pending.delete(effect.id);
    case 'record':
      notes.of(effect.number).opening ??= effect.record.opening;
      return;
    case 'send':
      return said(notes, effect.to, effect.message as Message);
    default:
  }
}

function ended(notes: Notes, number: ProtocolNumber): void {
  const told = notes.of(number);
  told.ended = true;
  notes.open.delete(told);
}

function said(notes: Notes, to: NodeId, message: Message): void {
  switch (message.kind) {
    case 'open':
      notes.of(message.opening.number).openedHere = true;
      return opened(notes, message.opening);
    case 'ack': {
      const told = notes.of(message.number);
      told.takesPart = true;
      if (!told.own.has(message.round)) told.own.set(message.round, message.ok);
      return;
    }
    case 'recover': {
      const told = notes.of(message.number);
      told.recovered = true;
      if (told.ballot === message.ballot) told.asked = [...told.asked, to];
      else Object.assign(told, { ballot: message.ballot, asked: [to], standing: new Set(), settled: new Set() });
      return;
    }
    case 'outcome':
      return concluded(notes.of(message.number), true);
    case 'decision':
      // Of what nobody remembers it tells whom it knows to be in doubt. Where somebody else waits for its number only, it still asks.
      return concluded(notes.of(message.ended.opening.number), message.ended.opening.kind !== 'forgotten');
    case 'wish':
      if (message.protocol === 'commit') notes.wishes.set(message.counter, (message.body as { name: string }).name);
      return;
    default:
  }
}
