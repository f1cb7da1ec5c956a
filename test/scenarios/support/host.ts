// One node of a transcript: the real protocol, a model of its engine, a disk, and the effects carried out in the world.
import { restoredParameters } from '../../../lib/protocol/parameters/restoring.ts';
import { NOTHING_SET, type ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import { restoredRounds } from '../../../lib/protocol/rounds/restoring.ts';
import { nameOf, type RoundRecord } from '../../../lib/protocol/rounds/state.ts';
import { initial, nextDeadlineMs, type NodeState, step } from '../../../lib/protocol/node.ts';
import type { Boot, Command, Effect, Epoch, Event, NodeId, ProtocolConfig } from '../../../lib/protocol/types.ts';
import { KeptConfigurations } from './kept-configurations.ts';
import { installOrders, nameOfSeat, newSeat, onReleased, type Seat, vote } from './seat.ts';
import type { World } from './world.ts';

export interface PeerSetting {
  readonly beat: boolean;
  readonly watch: boolean;
  /** When this watch began: the time-out runs from here. */
  readonly sinceMs: number;
  /** V3: it is away, and may be silent for so long; null: it is not away. */
  readonly silenceMs: number | null;
}

/** What one node knows of another by its beats. */
export interface Hearing {
  /** Last time on each network, or -1. */
  readonly heardMs: number[];
  readonly linkUp: boolean[];
  up: boolean;
  condemned: boolean;
}

export class Host {
  readonly id: NodeId;
  readonly world: World;
  /** Its voters may change. */
  config: ProtocolConfig;
  running = false;
  /** The machine stands still: what happens waits until it goes on. */
  frozen = false;
  #waiting: Event[] = [];
  boot: Boot = 0n;
  state: NodeState | null = null;
  /** By number. */
  readonly seats: Map<number, Seat> = new Map();
  diskFails = false;
  /** How it answers when it is asked to do its part in a round. */
  votes: 'yes' | 'no' | 'never' = 'yes';
  /** It answers so in this round alone; null: in all. */
  votesIn: number | null = null;
  readonly #thinksAbout: Extract<Effect, { type: 'work' }>[] = [];
  readonly kept: KeptConfigurations;
  /** Of durable operations; they survive a crash. */
  readonly records: Map<bigint, RoundRecord> = new Map();
  /** The last durable operation that the program has kept. */
  applied = 0n;
  parameters: ParameterSet = NOTHING_SET;
  /** What survives a crash. */
  readonly reservedOnDisk: Map<number, Epoch> = new Map();
  memberId: number | null = null;
  readonly peers: Map<NodeId, PeerSetting> = new Map();
  readonly hearing: Map<NodeId, Hearing> = new Map();
  /** With which start of whom messages can be exchanged. */
  readonly sessions: Map<NodeId, Boot> = new Map();
  /** The engine's: they outlive a closed channel. */
  readonly beatSessions: Map<NodeId, Boot> = new Map();
  #commands = 0;

  constructor(world: World, config: ProtocolConfig) {
    this.world = world;
    this.config = config;
    this.id = config.self.node;
    const groups = config.groups.flatMap(({ seat, holders, addresses }) => [
      `${seat}:${holders.join(',')}`,
      ...addresses.map(({ address }) => `${seat}@${address}`),
    ]);
    const text = [...config.virtualAddresses.map(({ address }) => address), ...groups].join(' ');
    this.kept = new KeptConfigurations(text, config.virtualAddresses[0]?.network ?? 'active', config.voters);
  }

  start(): void {
    const restarted = this.boot > 0n;
    this.boot += 1n;
    this.running = true;
    this.peers.clear();
    this.hearing.clear();
    this.sessions.clear();
    this.beatSessions.clear();
    const { nowMs } = this.world;
    for (let seat = 0; seat < SEATS; seat++)
      this.seats.set(seat, newSeat(seat, this.#reserved(seat), restarted ? nowMs + this.config.leaseUs / 1000 : nowMs));
    this.state = initial(
      { ...this.config, ...this.#configurations(), self: { ...this.config.self, boot: this.boot, memberId: this.memberId } },
      nowMs,
      this.#reserved(0),
      restoredRounds([...this.records.values()], this.applied, this.id, nowMs, this.kept.inForce),
      (seat) => this.#reserved(seat),
      restoredParameters(this.parameters, [...this.records.values()]),
    );
    this.feed({ type: 'start' });
  }

  #reserved(seat: number): Epoch {
    return this.reservedOnDisk.get(seat) ?? 0n;
  }

  get openSeats(): Seat[] {
    return [...this.seats.values()].filter(({ exists }) => exists);
  }

  #seat(number: number): Seat {
    const seat = this.seats.get(number);
    if (seat === undefined) throw new Error(`no seat ${number}`);
    return seat;
  }

  get awake(): boolean {
    return this.running && !this.frozen;
  }

  thaw(): void {
    this.frozen = false;
    for (const event of this.#waiting.splice(0)) this.feed(event);
  }

  /** Where the script wants it. */
  #configurations(): Partial<ProtocolConfig> {
    if (this.config.configurations === undefined) return {};
    this.kept.forgetUnsaid([...this.records.values()]);
    const { configurations } = this.kept;
    const { addresses, groups = [], voters, voterSet } = configurations.active.layout;
    return { configurations, virtualAddresses: addresses, groups, voters, voterSet };
  }

  /** `edit ADDRESSES` and `apply`, as the command line has them. */
  configure(name: 'edit' | 'apply', text: string): void {
    const now = this.state?.configurations ?? this.kept.configurations;
    const timeoutMs = 20_000;
    if (name === 'edit') this.command({ name: 'propose', kind: 'edit', body: this.kept.edit(text, now.default.version), timeoutMs });
    else this.command({ name: 'propose', kind: 'reconfigure', body: this.kept.reconfiguration(now), timeoutMs });
  }

  crash(): void {
    this.running = false;
    this.state = null;
  }

  command(command: Command): void {
    this.feed({ type: 'command', id: ++this.#commands, command });
  }

  feed(event: Event): void {
    if (this.state === null || !this.running) return;
    if (this.frozen) return void this.#waiting.push(event);
    const result = step(this.state, event, this.world.nowMs);
    this.state = result.state;
    this.memberId = result.state.self.memberId;
    for (const effect of result.effects) this.#apply(effect);
    const { boot } = this;
    const deadlineMs = nextDeadlineMs(result.state);
    if (!Number.isFinite(deadlineMs)) return;
    this.world.at(Math.max(deadlineMs, this.world.nowMs + 1), () => {
      // An older timer whose deadline has moved does nothing, like a cleared one.
      if (this.boot === boot && this.state !== null && nextDeadlineMs(this.state) <= this.world.nowMs) this.feed({ type: 'tick' });
    });
  }

  #apply(effect: Effect): void {
    const { world } = this;
    switch (effect.type) {
      case 'announce':
        return world.announce(this, effect.announcement);
      case 'contact':
        return world.contact(this, effect.host, effect.port);
      case 'send':
        return world.pipes.send(this, effect.to, effect.message);
      case 'closeChannel':
        return world.closeChannel(this, effect.node);
      case 'setPeer':
        return this.#setPeer(effect);
      case 'removePeer':
        return this.#removePeer(effect.node);
      case 'reserve':
        return this.#reserve(effect.seat, effect.epoch);
      case 'setOrders':
        world.say(this, 'orders', `orders${ofSeat(effect.seat)} ${orders(effect.baseEpoch, effect.chain)}`);
        return installOrders(this.#seat(effect.seat), effect.ordersId, effect.baseEpoch, effect.chain);
      case 'stand':
        this.#seat(effect.seat).standing = true;
        return world.soon(() => world.seats.ask(this, this.#seat(effect.seat)));
      case 'release':
        return this.#release(this.#seat(effect.seat), effect.successor);
      case 'setVoting':
        for (const seat of this.seats.values()) seat.voting = effect.on;
        return world.say(this, 'votes', `voting ${effect.on ? 'on' : 'off'}`);
      case 'setAddresses':
        this.#seat(effect.seat).exists = true;
        return world.say(
          this,
          'addresses',
          `addresses${ofSeat(effect.seat)} ${effect.addresses.map((each) => `${each.address} on ${each.network}`).join(', ') || 'none'}, active network ${effect.activeNetwork}`,
        );
      case 'stopCommands':
      case 'forgiveCommands':
        return; // no group of a scenario has commands
      case 'closeSeat':
        Object.assign(this.#seat(effect.seat), { exists: false, phase: 'none' });
        return world.say(this, 'seat', `seat ${effect.seat} is nobody's`);
      case 'prefer':
        return world.say(this, 'addresses', `prefers ${effect.network}`);
      case 'publish':
        return world.published(this, effect.event);
      case 'work':
        return this.#work(effect);
      case 'keepParameters':
        return this.#keepParameters(effect.set);
      case 'record':
        return this.#record(effect.number, effect.record);
      case 'apply':
        if (effect.operation.durable) this.applied = effect.number;
        return world.say(this, 'always', `applies ${nameOf(effect.number)} ${effect.operation.name}`);
      case 'setVoters':
        this.config = { ...this.config, voters: effect.voters, voterSet: effect.voterSet };
        return world.say(this, 'always', `voters ${effect.voterSet}: ${effect.voters.join(' ')}, ${effect.quorum} must agree`);
      case 'keepDefault':
        this.kept.keepDefault(effect.held);
        return world.say(this, 'always', `has the default configuration ${effect.held.version}: ${effect.held.text}`);
      case 'activate':
        this.kept.activate(effect.active);
        return world.say(this, 'always', `runs the configuration ${effect.active.version}: ${effect.active.text}`);
      case 'undone':
        this.kept.undone(effect.number);
        return world.say(this, 'always', `undoes ${nameOf(effect.number)}: ${effect.reason}`);
      case 'reply':
        return world.say(this, 'always', `reply: ${effect.error === null ? 'done' : `${effect.error.code}: ${effect.error.message}`}`);
    }
  }

  #keepParameters(set: ParameterSet): void {
    const ok = !this.diskFails;
    if (ok) this.parameters = set;
    const settings = set.settings.map(
      ({ name, value, node, pair }) => `${name} ${value}${(node ?? pair) === null ? '' : ` of ${node ?? pair?.join('-')}`}`,
    );
    this.world.say(
      this,
      'always',
      `${ok ? 'keeps' : 'cannot keep'} the parameters ${nameOf(set.version)}: ${settings.join(', ') || 'as configured'}`,
    );
    this.world.soon(() => this.feed({ type: 'parametersKept', version: set.version, ok, reason: ok ? '' : 'its disk cannot be written' }));
  }

  /** As the script has told: at once, or never. */
  /** From now on it votes yes; what it was asked before and has not answered, it answers now. */
  answer(): void {
    this.votes = 'yes';
    for (const asked of this.#thinksAbout.splice(0)) this.#work(asked);
  }

  #work(effect: Extract<Effect, { type: 'work' }>): void {
    const { number, kind, round, body } = effect;
    const votes = this.votesIn === null || this.votesIn === round ? this.votes : 'yes';
    if (votes === 'never') {
      this.#thinksAbout.push(effect);
      return this.world.say(this, 'always', `is asked for its vote on ${nameOf(number)}, and thinks`);
    }
    const configurations = this.state?.configurations ?? this.kept.configurations;
    const refused = { ok: false, reason: 'it voted no', payload: null };
    const agrees = kind === 'commit' || kind === 'parameters';
    const done = agrees ? { ok: true, reason: '', payload: null } : this.kept.work(number, kind, round, body, configurations);
    this.world.soon(() => this.feed({ type: 'worked', number, round, ...(votes === 'no' ? refused : done) }));
  }

  #record(number: bigint, record: RoundRecord): void {
    const ok = !this.diskFails;
    if (ok) this.records.set(number, record);
    this.world.soon(() => this.feed({ type: 'recorded', number, ok }));
  }

  #setPeer({ node, beat, watch, silenceMs }: Extract<Effect, { type: 'setPeer' }>): void {
    const before = this.peers.get(node);
    const anew = watch && before?.watch !== true;
    this.peers.set(node, { beat, watch, sinceMs: anew ? this.world.nowMs : (before?.sinceMs ?? this.world.nowMs), silenceMs });
    const hearing = this.hearing.get(node);
    if (anew && hearing !== undefined) hearing.condemned = false;
    this.world.say(
      this,
      'beats',
      `node ${node}: ${beat ? 'beats' : 'no beats'}, ${watch ? 'watched' : 'not watched'}${silenceMs === null ? '' : `, may be silent for ${silenceMs} ms`}`,
    );
  }

  #removePeer(node: NodeId): void {
    this.peers.delete(node);
    const hearing = this.hearing.get(node);
    if (hearing !== undefined) hearing.up = false;
    this.world.say(this, 'beats', `node ${node}: beats dropped`);
  }

  /** A handshake has succeeded. Another start of a node that was heard is the end of the one before. */
  session(node: NodeId, boot: Boot): void {
    const before = this.beatSessions.get(node);
    const hearing = this.hearing.get(node);
    if (before !== undefined && before !== boot && hearing?.up === true) {
      hearing.up = false;
      hearing.heardMs.fill(-1);
      hearing.linkUp.fill(false);
      this.feed({ type: 'nodeDown', node });
    }
    this.beatSessions.set(node, boot);
    if (this.sessions.get(node) === boot) return;
    this.sessions.set(node, boot);
    this.feed({ type: 'sessionUp', node, boot });
  }

  #reserve(number: number, epoch: Epoch): void {
    const ok = !this.diskFails;
    if (ok && epoch > this.#reserved(number)) this.reservedOnDisk.set(number, epoch);
    const reserved = this.#reserved(number);
    this.#seat(number).reserved = reserved;
    this.#seat(number).voting = ok;
    this.world.soon(() => this.feed({ type: 'reserved', seat: number, epoch: ok ? reserved : epoch, ok }));
  }

  /** By its engine alone: JavaScript hears of it afterwards. */
  giveUp(successor: NodeId): void {
    const seat = this.#seat(0);
    this.world.soon(() => this.feed({ type: 'unfit', seat: 0, why: 'no-carrier' }));
    this.#release(seat, successor);
  }

  #release(seat: Seat, successor: NodeId): void {
    const { world } = this;
    const { epoch } = seat;
    const owned = seat.phase !== 'none';
    Object.assign(seat, { phase: 'none', standing: false });
    const what = seat.number === 0 ? 'releases' : `releases ${nameOfSeat(seat)},`;
    world.say(
      this,
      'seat',
      owned ? `${what} epoch ${epoch} to ${successor === 0 ? 'nobody' : `node ${successor}`}` : `has no ${nameOfSeat(seat)} to release`,
    );
    world.soon(() => this.feed({ type: 'seat', news: 'released', seat: seat.number, epoch: owned ? epoch : 0n }));
    if (!owned) return;
    onReleased(seat, this.id, epoch);
    if (successor !== 0) vote(seat, successor, epoch + 1n, this.config.leaseUs / 1000, world.nowMs);
    world.soon(() => world.seats.released(this, seat, epoch, successor));
  }
}

/** The manager's and the first groups'. */
const SEATS = 4;

const ofSeat = (number: number): string => (number === 0 ? '' : ` of seat ${number}`);

function orders(baseEpoch: Epoch, chain: readonly NodeId[]): string {
  return chain.length === 0
    ? `after ${baseEpoch}: nobody`
    : chain.map((node, index) => `${baseEpoch + 1n + BigInt(index)}: node ${node}`).join(', ');
}
