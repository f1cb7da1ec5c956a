// One node of the cluster in this process: the shell around the pure protocol. It starts the native node and what
// stands around it, brings events in and effects out, in their order, and tells people; it decides nothing.
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { HeartwireError } from '../errors.ts';
import { leaseUsOf, nodeByName, type NodeConfig } from '../config/config.ts';
import { linkName, linksOf } from '../config/links.ts';
import { nicsOf, protocolConfigOf } from '../config/protocol-config.ts';
import { native, type NativeAddon, type NativeEvent, type NativeNode, type NativeStartReport } from '../native.ts';
import { version } from '../package-root.ts';
import { initial, snapshot } from '../protocol/node.ts';
import { engineQuorumOf } from '../protocol/quorum.ts';
import { restoredRounds } from '../protocol/rounds/restoring.ts';
import { MANAGER_SEAT, type Boot, type Command, type Effect, type NodeId, type ProtocolConfig } from '../protocol/types.ts';
import { carryOut, type EffectHands } from './effects.ts';
import { protocolEvent } from './event-words.ts';
import { ConfigurationVersions } from './configuration-versions.ts';
import { DecisionLog } from './decision-log.ts';
import { Journal } from './journal.ts';
import { keepAlive } from './liveness.ts';
import { LocalWork } from './local-work.ts';
import { localEvent } from './local-events.ts';
import { nativeOptions } from './native-options.ts';
import { Operations } from './operations.ts';
import { ProgressDesk } from './progress-desk.ts';
import { Outbox } from './outbox.ts';
import { Places } from './places.ts';
import { ProtocolDriver } from './protocol-driver.ts';
import { Registers } from './registers.ts';
import { Replies } from './replies.ts';
import { Statistics } from './statistics.ts';
import { statusOf } from './status.ts';
import { timingsOf } from './timings.ts';
import { Troubles } from './troubles.ts';
import type {
  ClusterKey,
  CommandResult,
  LocalEventName,
  OperationHandler,
  ProgressReport,
  Logger,
  Runtime,
  RuntimeEvent,
  RuntimeOptions,
  RuntimeStatus,
  Timings,
} from './types.ts';

/** What was said last gets so long to reach the others before the process may end. */
const LAST_WORDS_MS = 200;

interface Running {
  readonly native: NativeNode;
  readonly journal: Journal;
  readonly boot: Boot;
  readonly startedMs: number;
  readonly report: NativeStartReport;
  readonly statistics: Statistics;
  readonly driver: ProtocolDriver;
  readonly hands: EffectHands;
  readonly endLiveness: () => void;
  readonly desk: ProgressDesk;
}

export class ClusterRuntime extends EventEmitter implements Runtime {
  readonly #options: RuntimeOptions;
  readonly #node: NodeConfig;
  readonly #logger: Logger;
  readonly #addon: NativeAddon;
  readonly #conflicts = new Map<string, string>();
  readonly #troubles = new Troubles();
  readonly #work: LocalWork = new LocalWork(
    () => this.nowMs(),
    (isUrgent) => this.#running?.desk.changed(isUrgent),
  );
  readonly #operations: Operations = new Operations(this.#work, {
    applyFailed: (operation, number, error) => {
      this.#logger.error({ operation, number, reason: reasonOf(error) }, 'a committed operation could not be applied');
      this.#troubles.set(`operation ${operation}`, `operation ${number} (${operation}) could not be applied: ${reasonOf(error)}`);
    },
  });
  #running: Running | null = null;

  /** @param addon for tests */
  constructor(options: RuntimeOptions, addon: NativeAddon = native) {
    super();
    this.#options = options;
    this.#logger = options.logger;
    this.#node = nodeByName(options.config, options.node);
    this.#addon = addon;
    for (const [name, handler] of Object.entries(options.operations?.handlers ?? {})) this.#operations.handle(name, handler);
  }

  nowMs(): number {
    return Number(this.#addon.bootTimeNs() / 1000n) / 1000;
  }

  async start(): Promise<void> {
    if (this.#running !== null) throw HeartwireError.of('HW_ALREADY_STARTED', {});
    const journal = Journal.open(this.#options.stateDirectory);
    const decisions = new DecisionLog(this.#options.stateDirectory);
    try {
      this.#running = this.#begin(journal, decisions);
    } catch (error) {
      decisions.close();
      journal.close();
      throw startError(error);
    }
    this.#running.driver.feed({ type: 'start' });
  }

  #begin(journal: Journal, decisions: DecisionLog): Running {
    const { config, keys } = this.#options;
    const boot = this.#write(() => journal.nextBoot(Date.now() / 1000));
    this.#write(() => journal.allowLease(leaseUsOf(config, this.#node.name)));
    this.#keepConfiguration();
    const protocol = this.#protocolConfig(journal, boot);
    const records = this.#write(() => decisions.load());
    const node = new this.#addon.NativeNode(nativeOptions(config, this.#node, keys, this.#options.stateDirectory), (events) =>
      this.#onNative(events),
    );
    const report = node.start(boot);
    try {
      this.#warnOf(report);
      node.setMessageParameters(config.messageParameters);
      const hands = this.#makeHands(node, journal, protocol, decisions);
      configure(node, hands, protocol, this.#addon.bootTimeNs());
      const startedMs = this.nowMs();
      const driver = new ProtocolDriver(
        initial(
          protocol,
          startedMs,
          journal.reserved(MANAGER_SEAT),
          restoredRounds(records, this.#options.operations?.after ?? null, this.#node.id, startedMs),
        ),
        {
          nowMs: () => this.nowMs(),
          carryOut: (effect) => this.#carryOut(effect),
          stepped: (state) => {
            this.#keepMemberId(journal, state.self.memberId);
            this.#running?.desk.stepped(state);
          },
          failed: (error) => this.#fail(error),
        },
      );
      const desk = new ProgressDesk(node, driver.state, () => this.nowMs(), this.#work);
      const { timeoutMs, policy } = config.stalled;
      const endLiveness = keepAlive(node, policy === 'nothing' ? 0 : timeoutMs, () => this.#addon.bootTimeNs());
      return { native: node, journal, boot, startedMs, report, statistics: new Statistics(node.page), driver, hands, endLiveness, desk };
    } catch (error) {
      node.stop();
      throw error;
    }
  }

  /** R1. What runs is in memory; a copy that cannot be written is told of, and no reason to leave addresses unserved. */
  #keepConfiguration(): void {
    try {
      const version = ConfigurationVersions.open(this.#options.stateDirectory).start(this.#options.config, Date.now());
      this.#logger.info({ version }, 'configuration');
    } catch (error) {
      this.#logger.error({ reason: reasonOf(error) }, 'the copy of the configuration cannot be kept');
      this.#troubles.set('configuration', `the copy of the configuration cannot be kept: ${reasonOf(error)}`);
    }
  }

  #protocolConfig(journal: Journal, boot: Boot): ProtocolConfig {
    const { config, node } = this.#options;
    const nics = nicsOf(config, node, (name) => this.#addon.interfaceInfo(name));
    const protocol = protocolConfigOf(config, node, { boot, hostName: hostname(), version, nics });
    return { ...protocol, self: { ...protocol.self, memberId: journal.memberId } };
  }

  #makeHands(node: NativeNode, journal: Journal, protocol: ProtocolConfig, decisions: DecisionLog): EffectHands {
    const places = new Places(this.#options.config, this.#node, node, protocol.leaseUs);
    return {
      native: node,
      registers: new Registers(node, journal, protocol.leaseUs, (reason) => this.#onJournal(reason)),
      outbox: new Outbox(node),
      places,
      replies: new Replies(),
      operations: this.#operations,
      decisions,
      diskFailed: (error) => this.#troubles.set('decisions', error === null ? null : `decisions cannot be written: ${error.message}`),
      logger: this.#logger,
      contactLink: places.linkOf(protocol.networks[0] ?? '') ?? 0,
      publish: (event) => this.#publish(event),
      feed: (event) => this.#running?.driver.feed(event),
    };
  }

  #write<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw HeartwireError.of('HW_STATE_DIRECTORY', { reason: reasonOf(error) }, { place: this.#options.stateDirectory, cause: error });
    }
  }

  #warnOf(report: NativeStartReport): void {
    for (const { link, reason } of report.links) {
      if (reason !== null)
        this.#logger.warn({ link: this.#nameOfLink(link), reason }, 'a link cannot be opened; it is tried again every second');
    }
    for (const problem of report.problems)
      this.#logger.warn({ reason: problem }, 'messages cannot use a path; it is tried again every second');
  }

  #onJournal(reason: string | null): void {
    if (reason !== null) this.#logger.error({ reason }, 'a vote could not be written; this node does not vote until one can');
    this.#troubles.set('journal', reason === null ? null : `votes cannot be written: ${reason}`);
    this.#publishLocal(reason === null ? 'journal-recovered' : 'journal-failed', reason === null ? {} : { reason });
  }

  /** A label only: where it cannot be written, the manager gives another one next time. */
  #keepMemberId(journal: Journal, memberId: number | null): void {
    if (memberId === null || memberId === journal.memberId) return;
    try {
      journal.keepMemberId(memberId);
      this.#troubles.set('member id', null);
    } catch (error) {
      this.#troubles.set('member id', `the member id cannot be written: ${reasonOf(error)}`);
    }
  }

  #carryOut(effect: Effect): void {
    if (this.#running === null) return;
    try {
      carryOut(effect, this.#running.hands);
      this.#troubles.set(effect.type, null);
    } catch (error) {
      this.#logger.error({ effect: effect.type, reason: reasonOf(error) }, 'an effect failed');
      this.#troubles.set(effect.type, `${effect.type} failed: ${reasonOf(error)}`);
    }
  }

  #onNative(events: readonly NativeEvent[]): void {
    for (const event of events) {
      if (this.#running === null) return;
      this.#tell(event, this.#running);
      if (event.kind === 'delivered' || event.kind === 'undeliverable') this.#running.hands.outbox.ended(event.value);
      if (event.kind === 'answer') {
        this.#running.desk.answered(event);
        continue;
      }
      const forProtocol = protocolEvent(event);
      if (forProtocol !== null) this.#running.driver.feed(forProtocol);
      else if (event.payload !== undefined) this.#logger.warn({ node: event.node, kind: event.kind }, 'a message was not understood');
    }
  }

  /** What people want to know of it. */
  #tell(event: NativeEvent, { hands: { places } }: Running): void {
    const local = localEvent(event, {
      self: this.#node.id,
      linkName: (link) => this.#nameOfLink(link),
      interfaceOf: (link) => linksOf(this.#options.config, this.#options.node)[link]?.interface ?? null,
      address: (index) => {
        const placed = places.placed[index];
        return placed === undefined ? null : { address: placed.text, interface: placed.interface };
      },
      addresses: places.placed.map((placed) => placed.text).join(' '),
    });
    if (local?.event === 'address-conflict') this.#conflicts.set(String(local.details['address']), String(local.details['mac']));
    if (local?.event === 'address-released') this.#conflicts.clear();
    if (local !== null) this.#publish(local);
    if (event.kind === 'bad_key')
      this.#logger.warn({ node: event.node, link: this.#nameOfLink(event.link), frames: Number(event.value) }, 'frames with a wrong key');
    if (event.kind === 'boot_went_back')
      this.#logger.warn({ node: event.node, boot: String(event.boot) }, 'a node has started with an older boot number: it is refused');
  }

  #nameOfLink(link: number): string {
    const options = linksOf(this.#options.config, this.#options.node)[link];
    return options === undefined ? `link ${link}` : linkName(options, this.#options.config);
  }

  #publishLocal(event: LocalEventName, details: Record<string, string | number | boolean | null>): void {
    this.#publish({ event, atMs: this.nowMs(), node: this.#node.id, memberId: null, description: null, details });
  }

  /** A listener that throws is its owner's mistake, not a reason to leave the rest undone. */
  #publish(event: RuntimeEvent): void {
    this.#logger.info({ event: event.event, node: event.node, ...event.details }, event.event);
    try {
      this.emit('event', event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #fail(error: Error): void {
    this.#logger.error({ reason: error.stack ?? error.message }, 'the node cannot go on');
    this.#end();
    this.emit('failed', error);
  }

  async command(command: Command): Promise<CommandResult> {
    const { driver, hands } = this.#mustRun();
    const number = await hands.replies.await((id) => driver.feed({ type: 'command', id, command }));
    if (command.name === 'propose') await this.#operations.applied();
    if (command.name === 'leave') await hands.outbox.empty(LAST_WORDS_MS);
    return { number };
  }

  handle(name: string, handler: OperationHandler): () => void {
    return this.#operations.handle(name, handler);
  }

  async stop(): Promise<void> {
    this.#end();
  }

  #end(): void {
    if (this.#running === null) return;
    const { driver, endLiveness, desk, native: node, journal, hands } = this.#running;
    this.#running = null;
    driver.stop();
    desk.stop();
    endLiveness();
    node.stop();
    hands.decisions.close();
    journal.close();
    this.#conflicts.clear();
    this.#troubles.clear();
    hands.replies.end();
  }

  setKeys(keys: readonly ClusterKey[]): void {
    this.#mustRun().native.setKeys(keys);
  }

  status(): RuntimeStatus {
    const { native: running, boot, startedMs, report, statistics, driver, hands } = this.#mustRun();
    const { config, node } = this.#options;
    const { events, orders } = statistics.dropped();
    this.#troubles.set(
      'dropped',
      events + orders === 0 ? null : `${events} events and ${orders} orders of the engine were lost: too many at once`,
    );
    return statusOf({
      config,
      node,
      boot,
      startedMs,
      nowMs: this.nowMs(),
      snapshot: snapshot(driver.state),
      statistics,
      report,
      guard: running.guard(),
      placed: hands.places.placed,
      conflicts: this.#conflicts,
      messageRejects: running.messageCounters(),
      diskHealth: running.diskHealth(),
      troubles: this.#troubles.all(),
    });
  }

  async progress(node: NodeId): Promise<ProgressReport> {
    return this.#mustRun().desk.ask(node);
  }

  timings(): Timings {
    const { statistics } = this.#mustRun();
    return timingsOf(statistics, this.#options.config.heartbeat, this.nowMs());
  }

  #mustRun(): Running {
    if (this.#running === null) throw HeartwireError.of('HW_NOT_RUNNING', {});
    return this.#running;
  }
}

/** All that the engine must know before the first order reaches it. */
function configure(node: NativeNode, { registers, places }: EffectHands, protocol: ProtocolConfig, nowNs: bigint): void {
  const third = protocol.quorum === 'disk' ? 'disk' : (protocol.witness ?? 0);
  node.setVoters(protocol.voterSet, engineQuorumOf(protocol), protocol.voters, third);
  registers.begin(nowNs);
  const active = protocol.networks[0] ?? '';
  places.set(MANAGER_SEAT, protocol.virtualAddresses, active);
  const link = places.linkOf(active);
  if (link !== null) node.prefer(link);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function startError(error: unknown): HeartwireError {
  if (error instanceof HeartwireError) return error;
  const code = (error as { code?: unknown }).code === 'HW_PERMISSION' ? 'HW_PERMISSION' : 'HW_NATIVE';
  return HeartwireError.of(code, { reason: reasonOf(error) }, { cause: error });
}
