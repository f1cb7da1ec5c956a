// One node of the cluster in this process: the shell around the pure protocol. It owns the native node, the journal and
// one timer; events go in, effects come out, in order, and nothing here decides anything.
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { HeartwireError } from '../errors.ts';
import { nodeByName, type NodeConfig } from '../config/config.ts';
import { linkName, linksOf } from '../config/links.ts';
import { nicsOf, protocolConfigOf } from '../config/protocol-config.ts';
import { native, type NativeEvent, type NativeNode, type NativeStartReport } from '../native.ts';
import { version } from '../package-root.ts';
import { initial, nextDeadlineMs, snapshot, step, type NodeState } from '../protocol/node.ts';
import type { ClusterEvent, Command, Effect, Event, ProtocolConfig } from '../protocol/types.ts';
import { placeAddresses, type PlacedAddress } from './address-book.ts';
import { carryOut, configureRegister, configureVoters, type EffectHands } from './effects.ts';
import { protocolEvent } from './event-words.ts';
import { Journal } from './journal.ts';
import { localEvent } from './local-events.ts';
import { nativeOptions } from './native-options.ts';
import { Statistics } from './statistics.ts';
import { statusOf } from './status.ts';
import type { ClusterKey, LocalEventName, Logger, Runtime, RuntimeEvent, RuntimeOptions, RuntimeStatus } from './types.ts';

const LIVENESS_RENEWALS = 4;  // in one liveness time-out
const FLUSH_MS = 200;         // what was said last is on its way before the process ends

export class ClusterRuntime extends EventEmitter implements Runtime {
  readonly #options: RuntimeOptions;
  readonly #node: NodeConfig;
  readonly #logger: Logger;
  readonly #replies = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  readonly #conflicts = new Map<string, string>();
  #state: NodeState | null = null;
  #protocol: ProtocolConfig | null = null;
  #native: NativeNode | null = null;
  #journal: Journal | null = null;
  #hands: EffectHands | null = null;
  #statistics: Statistics = new Statistics(new ArrayBuffer(0));
  #report: NativeStartReport | null = null;
  #placed: PlacedAddress[] = [];
  #boot = 0n;
  #startedMs = 0;
  #commandId = 0;
  #voting = true;
  #journalTrouble: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #liveness: NodeJS.Timeout | null = null;
  #stepping = false;
  readonly #queue: Event[] = [];

  constructor(options: RuntimeOptions) {
    super();
    this.#options = options;
    this.#logger = options.logger;
    this.#node = nodeByName(options.config, options.node);
  }

  nowMs(): number {
    return Number(native.bootTimeNs() / 1000n) / 1000;
  }

  async start(): Promise<void> {
    if (this.#native !== null) throw HeartwireError.of('HW_NATIVE', { reason: 'the node is started already' });
    const { config, node, keys } = this.#options;
    const journal = Journal.open(this.#options.stateDirectory);
    this.#journal = journal;
    this.#boot = this.#guardDisk(() => journal.nextBoot(Date.now() / 1000));
    this.#guardDisk(() => journal.allowLease(config.heartbeat.timeoutUs));
    const nics = nicsOf(config, node, (name) => native.interfaceInfo(name));
    const protocol = protocolConfigOf(config, node, { boot: this.#boot, hostName: hostname(), version, nics });
    this.#protocol = { ...protocol, self: { ...protocol.self, memberId: journal.memberId } };
    try {
      this.#native = new native.NativeNode(nativeOptions(config, this.#node, keys), (events) => this.#onNative(events));
      this.#report = this.#native.start(this.#boot);
    } catch (error) {
      this.#native = null;
      const code = (error as { code?: string }).code;
      throw HeartwireError.of('HW_NATIVE', { reason: `${error instanceof Error ? error.message : String(error)}${code === undefined ? '' : ` (${code})`}` }, { cause: error });
    }
    this.#statistics = new Statistics(this.#native.page);
    this.#hands = this.#makeHands(this.#native, journal, this.#protocol);
    this.#configure(this.#native, journal, this.#protocol);
    this.#startedMs = this.nowMs();
    this.#state = initial(this.#protocol, this.#startedMs, journal.reserved(0));
    for (const link of this.#report.links) {
      if (!link.open && link.reason !== null) this.#logger.warn({ link: link.link, reason: link.reason }, 'a link cannot be opened; it is tried again every second');
    }
    this.#keepAlive();
    this.#feed({ type: 'start' });
  }

  #guardDisk<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (error instanceof HeartwireError) throw error;
      throw HeartwireError.of('HW_STATE_DIRECTORY', { reason: error instanceof Error ? error.message : String(error) }, { place: this.#options.stateDirectory, cause: error });
    }
  }

  #configure(node: NativeNode, journal: Journal, protocol: ProtocolConfig): void {
    configureVoters(node, protocol);
    // After any restart silent for the longest lease ever granted, and everything reserved counts as promised.
    const quietNs = native.bootTimeNs() + BigInt(journal.longestLeaseUs) * 1000n;
    configureRegister(node, journal, 0, true, { quietUntilNs: quietNs });
    const network = this.#seatNetwork(protocol);
    node.setSeat(0, true, protocol.leaseUs, network, 500);
    const first = this.#linkOf(protocol.networks[0] ?? '');
    if (first !== null) node.prefer(first);
  }

  /** The network that an owner must be fit on; 255: several or none. */
  #seatNetwork(protocol: ProtocolConfig): number {
    const names = new Set(protocol.virtualAddresses.map((each) => each.network));
    const [only] = [...names];
    if (names.size !== 1 || only === undefined || only === 'active') return 255;
    const index = this.#options.config.networks.findIndex((network) => network.name === only);
    return index < 0 ? 255 : index;
  }

  #linkOf(network: string): number | null {
    const links = linksOf(this.#options.config, this.#options.node);
    const index = links.findIndex((link) => link.interface !== undefined && this.#options.config.networks[link.network]?.name === network);
    return index < 0 ? null : index;
  }

  #makeHands(node: NativeNode, journal: Journal, protocol: ProtocolConfig): EffectHands {
    return {
      native: node,
      journal,
      protocol,
      logger: this.#logger,
      linkOf: (network) => this.#linkOf(network),
      placeAddresses: (seat, effect) => {
        this.#placed = placeAddresses(this.#options.config, this.#node, seat, effect.addresses, effect.activeNetwork);
        node.setAddresses(this.#placed);
      },
      reserved: (seat, epoch, ok, reason) => this.#onReserved(seat, epoch, ok, reason),
      undeliverable: (peer) => this.#feed({ type: 'undeliverable', node: peer }),
      publish: (event) => this.#publish(event),
      reply: (id, error) => this.#onReply(id, error),
      setVoting: (on) => {
        this.#voting = on;
        configureRegister(node, journal, 0, on && this.#journalTrouble === null, null);
      },
    };
  }

  #onReserved(seat: number, epoch: bigint, ok: boolean, reason: string | null): void {
    if (this.#native === null || this.#journal === null) return;
    if (!ok && this.#journalTrouble === null) {
      this.#logger.error({ reason }, 'a vote could not be written; this node does not vote');
      this.#publishLocal('journal-failed', { reason });
    }
    if (ok && this.#journalTrouble !== null) this.#publishLocal('journal-recovered', {});
    this.#journalTrouble = reason;
    configureRegister(this.#native, this.#journal, seat, this.#voting && ok, null);
    this.#feed({ type: 'reserved', seat, epoch, ok });
  }

  #onReply(id: number, error: { readonly code: string; readonly message: string } | null): void {
    const waiting = this.#replies.get(id);
    this.#replies.delete(id);
    if (error === null) waiting?.resolve();
    else waiting?.reject(HeartwireError.of('HW_REFUSED', { reason: error.message }));
  }

  #publishLocal(event: LocalEventName, details: Record<string, string | number | boolean | null>): void {
    this.#publish({ event, atMs: this.nowMs(), node: this.#node.id, memberId: null, description: null, details });
  }

  #publish(event: RuntimeEvent): void {
    this.#logger.info({ event: event.event, node: event.node, ...event.details }, event.event);
    this.emit('event', event);
  }

  #onNative(events: readonly NativeEvent[]): void {
    for (const event of events) {
      const local = localEvent(event, {
        self: this.#node.id,
        linkName: (link) => this.#nameOfLink(link),
        interfaceOf: (link) => linksOf(this.#options.config, this.#options.node)[link]?.interface ?? null,
        address: (index) => {
          const placed = this.#placed[index];
          return placed === undefined ? null : { address: placed.text, interface: placed.interface };
        },
        addresses: this.#placed.map((placed) => placed.text).join(' '),
      });
      if (local !== null) {
        if (local.event === 'address-conflict') this.#conflicts.set(String(local.details['address']), String(local.details['mac']));
        if (local.event === 'address-released') this.#conflicts.clear();
        this.#publish(local);
      }
      if (event.kind === 'bad_key') this.#logger.warn({ node: event.node, link: this.#nameOfLink(event.link), frames: Number(event.value) }, 'frames with a wrong key');
      const forProtocol = protocolEvent(event);
      if (forProtocol !== null) this.#feed(forProtocol);
      else if (event.payload !== undefined) this.#logger.warn({ node: event.node, kind: event.kind }, 'a message was not understood');
    }
  }

  #nameOfLink(link: number): string {
    const options = linksOf(this.#options.config, this.#options.node)[link];
    return options === undefined ? `link ${link}` : linkName(options, this.#options.config);
  }

  /** Events are handled one after another, also those that effects bring about. */
  #feed(event: Event): void {
    this.#queue.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#stepOnce(next);
    } finally {
      this.#stepping = false;
    }
    this.#arm();
  }

  #stepOnce(event: Event): void {
    if (this.#state === null || this.#hands === null) return;
    try {
      const result = step(this.#state, event, this.nowMs());
      this.#state = result.state;
      const { memberId } = result.state.self;
      if (memberId !== null && this.#journal !== null && this.#journal.memberId !== memberId) this.#tryKeepMemberId(memberId);
      for (const effect of result.effects) this.#do(effect, this.#hands);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #tryKeepMemberId(memberId: number): void {
    try {
      this.#journal?.keepMemberId(memberId);
    } catch (error) {
      this.#logger.warn({ reason: String(error) }, 'the member id could not be written');
    }
  }

  #do(effect: Effect, hands: EffectHands): void {
    if (this.#native === null) return;
    try {
      carryOut(effect, hands);
    } catch (error) {
      this.#logger.error({ effect: effect.type, reason: error instanceof Error ? error.message : String(error) }, 'an effect failed');
    }
  }

  #fail(error: Error): void {
    this.#logger.error({ reason: error.stack ?? error.message }, 'the node cannot go on');
    void this.stop();
    this.emit('failed', error);
  }

  #arm(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#state === null || this.#native === null) return;
    const waitMs = nextDeadlineMs(this.#state) - this.nowMs();
    if (!Number.isFinite(waitMs)) return;
    this.#timer = setTimeout(() => this.#feed({ type: 'tick' }), Math.min(Math.max(Math.ceil(waitMs), 1), 0x7fffffff));
  }

  /** Tells the beat thread that JavaScript lives; past the deadline its beats say `stalled`. */
  #keepAlive(): void {
    const { timeoutMs, policy } = this.#options.config.stalled;
    if (policy === 'nothing' || timeoutMs === 0) return;
    const renew = (): void => this.#native?.renewLiveness(native.bootTimeNs() + BigInt(Math.round(timeoutMs * 1e6)));
    renew();
    this.#liveness = setInterval(renew, Math.max(timeoutMs / LIVENESS_RENEWALS, 10));
    this.#liveness.unref();
  }

  async command(command: Command): Promise<void> {
    if (this.#state === null) throw HeartwireError.of('HW_NOT_RUNNING', {});
    const id = ++this.#commandId;
    const answered = new Promise<void>((resolve, reject) => this.#replies.set(id, { resolve, reject }));
    this.#feed({ type: 'command', id, command });
    await answered;
    if (command.name === 'leave') await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  }

  async stop(): Promise<void> {
    for (const timer of [this.#timer, this.#liveness]) if (timer !== null) clearTimeout(timer);
    this.#timer = this.#liveness = null;
    this.#native?.stop();
    this.#native = null;
    this.#hands = null;
    this.#state = null;
    for (const waiting of this.#replies.values()) waiting.reject(HeartwireError.of('HW_NOT_RUNNING', {}));
    this.#replies.clear();
  }

  setKeys(keys: readonly ClusterKey[]): void {
    this.#native?.setKeys(keys);
  }

  status(): RuntimeStatus {
    if (this.#state === null) throw HeartwireError.of('HW_NOT_RUNNING', {});
    return statusOf({
      config: this.#options.config, node: this.#options.node, boot: this.#boot, startedMs: this.#startedMs, nowMs: this.nowMs(),
      snapshot: snapshot(this.#state), statistics: this.#statistics, report: this.#report, placed: this.#placed, conflicts: this.#conflicts,
      messageRejects: this.#native?.messageCounters() ?? [],
      troubles: this.#journalTrouble === null ? [] : [`votes cannot be written: ${this.#journalTrouble}`],
    });
  }
}

export type { ClusterEvent };
