// One turn of the protocol: the copy of the state that may be changed, the time, and the effects so far. Everything
// that handles an event gets one of these; nothing else is passed around.
import type { Away } from '../inactivity/absence.ts';
import type { Message, TableEntry } from './messages.ts';
import type { Member, NodeState } from './state.ts';
import { transitionNumber } from './transitions.ts';
import type { Announcement, ClusterEvent, Effect, NodeDescription, NodeId, Role } from '../types.ts';

export class Turn {
  readonly state: NodeState;
  readonly nowMs: number;
  readonly effects: Effect[] = [];

  constructor(state: NodeState, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
  }

  do(effect: Effect): void {
    this.effects.push(effect);
  }

  send(to: NodeId, message: Message): void {
    this.effects.push({ type: 'send', to, message });
  }

  /** The same, where the receiver has nothing to do about it: that a program is woken costs more than the message. */
  sendQuietly(to: NodeId, message: Message): void {
    this.effects.push({ type: 'send', to, message, isQuiet: true });
  }

  /** To all active members but those named. */
  tell(message: Message, but: readonly NodeId[] = []): void {
    for (const member of this.active()) if (!but.includes(member.node)) this.send(member.node, message);
  }

  /** In the order of their ids. */
  active(): Member[] {
    const active: Member[] = [];
    let sorted = true;
    for (const member of this.state.members.values()) {
      if (member.phase !== 'active') continue;
      sorted &&= member.node > (active.at(-1)?.node ?? 0);
      active.push(member);
    }
    return sorted ? active : active.sort((left, right) => left.node - right.node);
  }

  isVoter(node: NodeId): boolean {
    return this.state.config.voters.includes(node);
  }

  /** C4: a voter that may manage; never a client-only or bridged one, nor one that is away. */
  maySucceed(member: Member): boolean {
    return this.isVoter(member.node) && member.description.mayManage && !member.description.bridged && member.away === null;
  }

  /** The one door for roles. */
  become(role: Role): void {
    const { state } = this;
    const number = transitionNumber(state.role, role);
    const from = state.role;
    state.role = role;
    state.roleSinceMs = this.nowMs;
    this.publish('role-changed', state.self.node, { from, to: role, transition: number });
  }

  /** To the applications of this node (C18). */
  publish(event: ClusterEvent['event'], node: NodeId, details: ClusterEvent['details'] = {}): ClusterEvent {
    const record = this.#eventOf(event, node, details);
    this.effects.push({ type: 'publish', event: record });
    return record;
  }

  /** To all subscribers of the cluster: here, and by every active member. */
  publishToAll(event: ClusterEvent['event'], node: NodeId, details: ClusterEvent['details'] = {}): void {
    this.tell({ kind: 'event', event: this.publish(event, node, details) });
  }

  #eventOf(event: ClusterEvent['event'], node: NodeId, details: ClusterEvent['details']): ClusterEvent {
    const description = this.descriptionOf(node);
    return { event, atMs: this.nowMs, node, memberId: description?.memberId ?? null, description, details };
  }

  descriptionOf(node: NodeId): NodeDescription | null {
    if (node === this.state.self.node) return this.state.self;
    const member = this.state.members.get(node);
    return member === undefined ? null : { ...member.description, memberId: member.memberId };
  }

  reply(id: number, code: string | null = null, message = ''): void {
    this.effects.push({ type: 'reply', id, error: code === null ? null : { code, message } });
  }

  /** Beats to and verdicts on a node: with its own parameters (C5), else with those that the manager has told. */
  peer(node: NodeId, beat: boolean, watch: boolean): void {
    const { beatTimeoutMs, beatPackets, config, members } = this.state;
    const member = members.get(node);
    const description = member?.description;
    // Where parameters were set, they say it for all.
    const told = this.state.parameters.version === 0n && (beatTimeoutMs !== config.beatTimeoutMs || beatPackets !== config.beatPackets);
    this.effects.push({
      type: 'setPeer',
      node,
      beat,
      watch,
      beatTimeoutMs: description?.beatTimeoutMs ?? (told ? beatTimeoutMs : null),
      beatPackets: description?.beatPackets ?? (told ? beatPackets : null),
      silenceMs: member?.away == null ? null : silenceMs(member.away, description?.beatTimeoutMs ?? beatTimeoutMs),
    });
  }

  announcement(): Announcement {
    const { state } = this;
    const manages = state.role === 'manager';
    return {
      cluster: state.config.cluster,
      description: state.self,
      role: state.role,
      promisedEpoch: state.promisedEpoch,
      manager: manages ? { epoch: state.epoch, nodes: this.active().length + 1, quorate: state.seat === 'owned' } : null,
    };
  }

  entryOf(member: Member): TableEntry {
    const state = member.phase === 'incorporating' || member.phase === 'heard' ? 'gone' : member.phase;
    const { node, boot, memberId, role, description, away } = member;
    const row = { node, boot, memberId, state, role, description } as const;
    return { ...row, away: away === null ? null : this.#awayOf(away) };
  }

  ownEntry(): TableEntry {
    const { self, role, absence } = this.state;
    return {
      node: self.node,
      boot: self.boot,
      memberId: self.memberId,
      state: 'active',
      role,
      description: self,
      away: absence === null ? null : this.#awayOf({ ...absence, applied: this.state.rounds.applied }),
    };
  }

  #awayOf({ reason, managed, forMs, untilMs, applied }: Omit<Away, 'responseUntilMs' | 'isFirstHand'>): NonNullable<TableEntry['away']> {
    return { reason, managed, forMs, leftMs: Math.max(0, untilMs - this.nowMs), applied };
  }

  /** The whole table, ourselves included. */
  table(): TableEntry[] {
    const others = [...this.state.members.values()].filter((member) => ['active', 'failed', 'offline'].includes(member.phase));
    return [this.ownEntry(), ...others.map((member) => this.entryOf(member))];
  }

  raisePromised(epoch: bigint): void {
    if (epoch > this.state.promisedEpoch) this.state.promisedEpoch = epoch;
  }
}

/**
 * A member that is away may be silent for all that it has announced, from when it was heard last; the engine knows an hour at
 * most. When the announced time is over the ordinary time-out holds again at once (inactivity/noting.ts).
 */
function silenceMs({ forMs }: Away, beatTimeoutMs: number): number {
  return Math.min(forMs + 2 * beatTimeoutMs, 3_600_000);
}
