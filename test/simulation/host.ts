// One simulated node: the protocol code and the native engine that ship, on a clock that drifts, a disk that
// may fail and an event loop that may be late. It is the simulator's counterpart of lib/runtime.
import { engineQuorumOf } from '../../lib/protocol/quorum.ts';
import { initial, nextDeadlineMs, snapshot, type NodeState } from '../../lib/protocol/node.ts';
import type { Message } from '../../lib/protocol/membership/messages.ts';
import type { Layout } from '../../lib/protocol/reconfiguration/state.ts';
import type { Command, Effect, Event, NicDescription, ProtocolConfig } from '../../lib/protocol/types.ts';
import { standbyFor } from './adapters.ts';
import { type AddressModel, SeatAddresses } from './address-model.ts';
import { carryOutLater, store } from './address-thread.ts';
import { Disk } from './disk.ts';
import { EgressQueue } from './egress.ts';
import { simulation, type SimulatedEngine, type SimulatedEvent, type SimulatedFrame, type SimulatedOutputs } from './engine-port.ts';
import { noteLapsed } from './gap.ts';
import { guardianActs } from './guardian.ts';
import { advanceWith } from './mistakes.ts';
import { nicsOf, SimulatedLinks } from './links.ts';
import { GROUP_SEATS } from './protocol-config.ts';
import { SimulatedRegister } from './register.ts';
import { SimulatedParameters } from './parameters.ts';
import { Program } from './program.ts';
import { DiskThread } from './shared-disk.ts';
import { protocolEventOf, SEAT_NEWS, wordsOf, nameOf } from './event-names.ts';
import type { World } from './world.ts';

export class Host {
  readonly id: number;
  readonly world: World;
  readonly disk: Disk = new Disk();
  readonly sessions: Map<number, bigint> = new Map();
  readonly program: Program;
  readonly parameters: SimulatedParameters;
  readonly links: SimulatedLinks = new SimulatedLinks(this);
  readonly egress: EgressQueue = new EgressQueue(this);
  readonly register: SimulatedRegister = new SimulatedRegister(this);
  running = false;
  paused = false;
  boot = 0n;
  /** With a planted bug: the raised time-outs of absentees that are never restored. */
  readonly everRaisedUs: Map<number, number> = new Map();
  readonly seats: readonly number[] = [0, ...GROUP_SEATS];
  readonly #addresses = new SeatAddresses(this.seats);
  /** Its beat thread is interrupted for so long right before it stores the end of a lease. */
  storesLateNs = 0;
  /** Seats. */
  readonly owning: Set<number> = new Set();
  /** Until then (true time) JavaScript gets nothing done. */
  eventLoopLateUntilNs = 0;
  /** Networks whose cable is out. */
  readonly unplugged: Set<number> = new Set();
  engine: SimulatedEngine | null = null;
  state: NodeState | null = null;
  readonly #notices = new Map<string, SimulatedFrame>();
  #tickAtNs = Number.POSITIVE_INFINITY;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #waiting: (() => void)[] = [];
  #diskThread: DiskThread | null = null;
  #commandId = 0;
  /** Events never overtake each other. */
  #lastFeedNs = 0;
  readonly #driftPpm: number;
  readonly #config: ProtocolConfig;

  constructor(world: World, config: ProtocolConfig, driftPpm: number) {
    this.world = world;
    this.id = config.self.node;
    this.#config = config;
    this.#driftPpm = driftPpm;
    this.program = new Program(this, config);
    this.parameters = new SimulatedParameters(this, config);
  }

  /** This node's CLOCK_BOOTTIME, ns. */
  localNs(): number {
    return 1e9 + Math.round(this.world.schedule.nowNs * (1 + this.#driftPpm / 1e6));
  }

  #trueNs(localNs: number): number {
    return (localNs - 1e9) / (1 + this.#driftPpm / 1e6);
  }

  /** Does this machine answer for the addresses of a seat now? What it sent before leaves its egress queue later. */
  answers(seat = 0): boolean {
    const addresses = this.addressesOf(seat);
    const isOn = this.world.options.guarded ? addresses.answers(this.localNs()) : addresses.openEpoch !== null;
    return addresses.leaves(isOn, this.world.schedule.nowNs, this.egress.drainNs);
  }

  /** Of the manager's seat. */
  get addresses(): AddressModel {
    return this.addressesOf(0);
  }

  /** Seats that this machine answers for now. */
  answering(): readonly number[] {
    const loud = this.#addresses.loud(this.world.schedule.nowNs);
    return loud.length === 0 ? loud : loud.filter((seat) => this.answers(seat));
  }

  addressesOf(seat: number): AddressModel {
    return this.#addresses.of(seat);
  }

  role(): string {
    return this.state?.role ?? 'stopped';
  }

  seen(): { readonly manager: number | null; readonly epoch: bigint } | null {
    return this.state === null ? null : snapshot(this.state);
  }

  start(): void {
    this.boot = this.disk.nextBoot();
    this.running = true;
    this.#addresses.takeOff(); // what an earlier start has left
    this.paused = false;
    this.owning.clear();
    this.#tickAtNs = this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.sessions.clear();
    this.#lastFeedNs = 0;
    const { options } = this.world;
    const { plantedBug, livenessTimeoutMs, relays, guarded } = options;
    this.engine = new simulation.SimulatedEngine({
      clusterId: 7n,
      nodeId: this.id,
      boot: this.boot,
      ...{ plantedBug, livenessTimeoutMs, relays, guarded },
      diskLeaseUs: options.quorum === 'disk' ? (options.diskLeaseUs ?? 0) : 0,
      nowNs: this.localNs(),
    });
    this.#diskThread = options.quorum === 'disk' ? new DiskThread(this, (act) => this.drive(act)) : null;
    const configurations = this.program.configurations();
    const nics = this.nics(this.program.administrator.networked);
    const self = { ...this.#config.self, boot: this.boot, memberId: this.disk.durable.memberId, nics };
    const config = { ...this.#config, ...configurations, self };
    const rounds = this.program.start(this.#nowMs());
    this.state = initial(
      config,
      this.#nowMs(),
      this.disk.reserved(0),
      rounds,
      (seat) => this.disk.reserved(seat),
      this.parameters.restore(),
    );
    this.drive((engine, now) => engine.setTiming(options.intervalUs, options.timeoutUs, options.nicPolicy ?? 'last', 0, now));
    this.links.start(this.program.administrator.networked);
    const { voters, voterSet, witness } = config;
    const third = this.#config.quorum === 'disk' ? 'disk' : (witness ?? 0);
    this.drive((engine, now) => engine.setVoters(voterSet, engineQuorumOf(config), voters, third, now));
    this.register.begin();
    this.parameters.start();
    this.world.answers.begin(this);
    if (this.egress.drainNs > 0) this.egress.tell();
    this.feed({ type: 'start' });
    if (livenessTimeoutMs > 0) this.#keepAlive(livenessTimeoutMs);
  }

  /**
   * The daemon is killed and its kernel lives. `alone`: its guardian lives too, takes the addresses off and says so; else the
   * kernel guard alone keeps them silent, until the next start takes them off.
   */
  kill(alone: boolean): void {
    const notices = [...this.#notices.values()];
    this.#end();
    if (alone) guardianActs(this, notices, () => this.#addresses.takeOff());
  }

  /** Power loss: memory and address are gone, the disk stays. */
  crash(): void {
    this.#end();
    this.#addresses.lose();
    this.egress.lose();
    this.disk.powerLoss();
  }

  #end(): void {
    this.#diskThread?.end();
    this.running = false;
    this.engine = null;
    this.state = null;
    this.owning.clear();
    this.world.interruptions.left(this.id);
    this.#waiting = [];
    this.#notices.clear();
  }

  resume(): void {
    this.paused = false;
    for (const run of this.#waiting.splice(0)) run();
  }

  /** @param layout null: those that it has had from the beginning */
  nics(layout: Layout | null): NicDescription[] {
    const all = layout === null ? this.#config.self.nics : nicsOf(layout, this.id);
    return all.map((nic) => ({ ...nic, carrier: !this.unplugged.has(nic.link) }));
  }

  #nowMs(): number {
    return this.localNs() / 1e6;
  }

  /** Something for this machine; it waits while the machine is paused. */
  onMachine(run: () => void): void {
    if (!this.running) return;
    if (this.paused) {
      if (this.#waiting.length < 5000) this.#waiting.push(run);
    } else run();
  }

  drive(act: (engine: SimulatedEngine, nowNs: number) => SimulatedOutputs): void {
    if (this.engine === null) return;
    const outputs = act(this.engine, this.localNs());
    for (const frame of outputs.frames) this.world.sendFrame(this, frame);
    for (const notice of outputs.notices) this.#notices.set(`${notice.toNode}/${notice.link}`, notice);
    for (const lease of outputs.leases) store(this, this.#addresses, lease);
    for (const order of outputs.orders) carryOutLater(this, this.#addresses, order);
    for (const event of outputs.events) this.#onEngineEvent(event);
    this.#scheduleTick();
    this.#diskThread?.turn();
  }

  #scheduleTick(): void {
    if (this.engine === null) return;
    const deadline = this.engine.nextDeadlineNs();
    if (deadline >= this.#tickAtNs || !Number.isFinite(deadline)) return;
    this.#tickAtNs = deadline;
    // Late is who wakes after what it waited for, not who has just been given something that is overdue.
    const waitedForNs = Math.max(deadline, this.localNs());
    const boot = this.boot;
    this.world.schedule.at(this.#trueNs(deadline) + this.world.random.between(0, 30_000), () =>
      this.onMachine(() => {
        if (this.boot !== boot || this.#tickAtNs !== deadline) return;
        this.#tickAtNs = Number.POSITIVE_INFINITY;
        this.drive((engine, now) => engine.tick(Math.min(waitedForNs, now), now));
      }),
    );
  }

  receiveFrame(from: Host, link: number, bytes: Uint8Array): void {
    this.onMachine(() => {
      if (!this.links.open.has(link)) return;
      this.world.linkBook.arrived(from.id, this.id, link);
      this.drive((engine, now) => engine.receive(link, bytes, from.id, now, now));
    });
  }

  installSession(peer: Host): void {
    this.sessions.set(peer.id, peer.boot);
    this.links.meet(peer);
    this.drive((engine, now) => engine.installPlainSession(peer.id, peer.boot, now));
    this.feed({ type: 'sessionUp', node: peer.id, boot: peer.boot });
  }

  #onEngineEvent(event: SimulatedEvent): void {
    this.world.trace(() => `${this.id}       engine: ${event.kind} node ${event.node} epoch ${event.epoch} value ${event.value}`);
    const news = SEAT_NEWS[event.kind];
    if (news !== undefined) {
      if (news === 'acquired' || news === 'regained') this.owning.add(event.seat);
      if (news === 'lapsed' || news === 'released') this.owning.delete(event.seat);
      if (news === 'lapsed') noteLapsed(this, event.seat);
      if (news === 'lapsed' || news === 'released') this.world.adapterBook.seatLost(this, event.seat);
      if (news === 'acquired') this.world.noteAcquired(this, event.seat, event.epoch);
      this.world.note(`${this.id} seat${nameOf(event.seat)} ${news} ${event.epoch}`);
      this.feed({ type: 'seat', news, seat: event.seat, epoch: event.epoch });
      return;
    }
    this.world.linkBook.engineSaid(this.id, event);
    if (event.kind === 'timing_agreed') return this.parameters.agreed(event.node, event.value);
    const forProtocol = protocolEventOf(event);
    if (forProtocol !== null) this.feed(forProtocol);
  }

  /** @returns the number that it is answered under */
  command(command: Command): number {
    this.feed({ type: 'command', id: ++this.#commandId, command });
    return this.#commandId;
  }

  /** The cable of one network: engine and JavaScript hear of the carrier, and a node that starts finds it so. */
  plug(link: number, isPlugged: boolean): void {
    this.world.network.unplug(this.id, link, !isPlugged);
    if (isPlugged) this.unplugged.delete(link);
    else this.unplugged.add(link);
    this.onMachine(() => {
      if (this.links.open.has(link))
        this.drive((engine, now) => engine.setLink(link, true, isPlugged, link, standbyFor(this.world.options, link), now));
      this.feed({ type: 'carrier', link, up: isPlugged });
    });
  }

  /** Queues an event for JavaScript; a late event loop gets it later, in order. */
  feed(event: Event): void {
    this.#onEventLoop(() => this.#step(event));
  }

  #onEventLoop(run: () => void): void {
    const boot = this.boot;
    const atNs = Math.max(this.world.schedule.nowNs + 30_000, this.eventLoopLateUntilNs, this.#lastFeedNs);
    this.#lastFeedNs = atNs;
    this.world.schedule.at(atNs, () =>
      this.onMachine(() => {
        if (this.boot === boot) run();
      }),
    );
  }

  /** As lib/runtime/liveness.ts does. */
  #keepAlive(timeoutMs: number): void {
    const boot = this.boot;
    this.#onEventLoop(() => this.drive((engine, now) => engine.renewLiveness(now + timeoutMs * 1e6, now)));
    this.world.schedule.at(this.world.schedule.nowNs + (timeoutMs / 4) * 1e6, () => {
      if (this.running && this.boot === boot) this.#keepAlive(timeoutMs);
    });
  }

  #step(event: Event): void {
    if (this.state === null) return;
    if (event.type !== 'tick' && event.type !== 'linkUp' && event.type !== 'linkDown' && event.type !== 'announced') {
      this.world.trace(
        () =>
          `${this.id}    on ${event.type} ${'node' in event ? event.node : ''}${event.type === 'received' ? `${event.from} ${(event.message as { kind: string }).kind}` : ''}`,
      );
    }
    try {
      const { role } = this.state;
      const { state, effects } = advanceWith(this.world.options.mistake, this.state, event, this.#nowMs());
      this.state = state;
      this.world.answers.stepped(this, event, effects, this.#nowMs());
      if (role !== state.role) this.world.note(`${this.id} ${role} -> ${state.role}`);
      for (const effect of effects) this.#apply(effect);
    } catch (error) {
      this.world.protocolError = `node ${this.id} on ${JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))}: ${String(error instanceof Error ? error.stack : error)}`;
    }
    this.#scheduleTimer();
  }

  #scheduleTimer(): void {
    if (this.state === null) return;
    const deadlineMs = nextDeadlineMs(this.state);
    if (deadlineMs === null || !Number.isFinite(deadlineMs) || deadlineMs === this.#timerAtMs) return;
    this.#timerAtMs = deadlineMs;
    const boot = this.boot;
    this.world.schedule.at(Math.max(this.#trueNs(deadlineMs * 1e6), this.world.schedule.nowNs + 1000) + 1000, () => {
      if (this.boot !== boot || this.#timerAtMs !== deadlineMs) return;
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.feed({ type: 'tick' });
    });
  }

  #apply(effect: Effect): void {
    switch (effect.type) {
      case 'announce':
        return this.world.announce(this, effect.announcement);
      case 'send':
        this.world.trace(() => `${this.id} -> ${effect.to} ${wordsOf(effect.message)}`);
        this.program.administrator.sent(effect.message as Message);
        return this.world.channels.send(this, effect.to, effect.message);
      case 'closeChannel':
        return this.world.channels.close(this.id, effect.node);
      case 'setPeer':
        return this.parameters.setPeer(effect);
      case 'keepParameters':
        return this.parameters.keep(effect.set);
      case 'removePeer':
        return this.drive((engine, now) => engine.removePeer(effect.node, now));
      case 'reserve':
        return this.feed({ type: 'reserved', seat: effect.seat, ...this.register.reserve(effect.seat, effect.epoch) });
      case 'setOrders':
        return this.drive((engine, now) => engine.setOrders(effect.seat, effect.ordersId, effect.baseEpoch, effect.chain, now));
      case 'stand':
        return this.drive((engine, now) => engine.stand(effect.seat, now));
      case 'release':
        return this.drive((engine, now) => engine.release(effect.seat, effect.successor, now));
      case 'setVoting':
        return this.register.setVoting(effect.on);
      case 'publish':
        return this.world.published(this, effect.event);
      case 'reply':
        this.program.answered(effect.id, effect.error?.code ?? null);
        return this.world.note(`${this.id} reply ${effect.id} ${effect.error === null ? 'ok' : effect.error.code}`);
      case 'forgiveCommands':
      case 'contact':
      case 'prefer':
        return;
      case 'setAddresses':
        return this.register.open(effect.seat, effect.addresses);
      case 'closeSeat':
        return this.register.close(effect.seat);
      default:
        return this.program.carryOut(effect);
    }
  }
}
