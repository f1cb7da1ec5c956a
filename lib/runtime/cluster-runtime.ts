// One node of the cluster in this process: the shell around the pure protocol. It starts the native node and what
// stands around it, brings events in and effects out, in their order, and tells people; it decides nothing.
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { HeartwireError } from '../errors.ts';
import { type ClusterConfig, leaseUsOf, nodeByName, type NodeConfig } from '../config/config.ts';
import { configWith, parameterBaseOf } from '../config/parameters.ts';
import { nicsOf, protocolConfigOf } from '../config/protocol-config.ts';
import { native, type NativeAddon, type NativeBatch, type NativeNode } from '../native.ts';
import { version } from '../package-root.ts';
import { initial, type NodeState, snapshot } from '../protocol/node.ts';
import type { ParameterSet, PresentParameters } from '../protocol/parameters/settings.ts';
import type { RoundRecord } from '../protocol/rounds/state.ts';
import { restoredRounds } from '../protocol/rounds/restoring.ts';
import {
  MANAGER_SEAT,
  type Boot,
  type Command,
  type Effect,
  type NicDescription,
  type NodeId,
  type ProtocolConfig,
} from '../protocol/types.ts';
import {
  configure,
  droppedText,
  keepMemberId,
  reasonOf,
  resourceCommandsOf,
  startError,
  stepHandsOf,
  warnOf,
  written,
} from './beginning.ts';
import { carryOut, type EffectHands } from './effects.ts';
import type { ConfigurationDesk } from './configuration-desk.ts';
import { openConfigurations } from './configuration-opening.ts';
import { DecisionLog } from './decision-log.ts';
import { Journal } from './journal.ts';
import { hereBy, LinkChanges } from './link-changes.ts';
import { Landing } from './landing.ts';
import { keepAlive } from './liveness.ts';
import { LocalWork } from './local-work.ts';
import { LocalNews } from './local-news.ts';
import { hearNative, type InboxHands } from './native-inbox.ts';
import { nativeOptions } from './native-options.ts';
import { watchOwnTime } from './notices/own-time.ts';
import { Operations } from './operations.ts';
import { ProgressDesk } from './progress-desk.ts';
import { Outbox } from './outbox.ts';
import { parameterKeeper, presentParameters } from './parameter-desk.ts';
import { Places } from './places.ts';
import { ProtocolDriver } from './protocol-driver.ts';
import { Registers, SEATS } from './registers.ts';
import { Replies } from './replies.ts';
import { ResourceSteps } from './resource-steps.ts';
import type { Kept, Running } from './running.ts';
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

export class ClusterRuntime extends EventEmitter implements Runtime {
  readonly #options: RuntimeOptions;
  #node: NodeConfig;
  /** What runs now. */
  #config: ClusterConfig;
  readonly #logger: Logger;
  readonly #addon: NativeAddon;
  readonly #troubles = new Troubles();
  readonly #work: LocalWork = new LocalWork(
    () => this.nowMs(),
    (isUrgent) => this.#running?.desk.changed(isUrgent),
  );
  readonly #operations: Operations = new Operations(this.#work, {
    willCall: () => this.#running?.hands.outbox.flush(),
    applyFailed: (operation, number, error) => {
      this.#logger.error({ operation, number, reason: reasonOf(error) }, 'a committed operation could not be applied');
      this.#troubles.set(`operation ${operation}`, `operation ${number} (${operation}) could not be applied: ${reasonOf(error)}`);
    },
  });
  readonly #news: LocalNews = new LocalNews({
    here: () => ({ config: this.#config, node: this.#node }),
    publish: (event) => this.#publish(event),
    warn: (fields, message) => this.#logger.warn(fields, message),
  });
  readonly #landing: Landing = new Landing();
  readonly #inbox: InboxHands;
  #running: Running | null = null;

  /** @param addon for tests */
  constructor(options: RuntimeOptions, addon: NativeAddon = native) {
    super();
    this.#options = options;
    this.#logger = options.logger;
    this.#config = options.config;
    this.#node = nodeByName(options.config, options.node);
    this.#addon = addon;
    this.#inbox = { running: () => this.#running, landing: this.#landing, news: this.#news, logger: this.#logger };
    for (const [name, handler] of Object.entries(options.operations?.handlers ?? {})) this.#operations.handle(name, handler);
  }

  nowMs(): number {
    return this.#addon.bootTimeMs();
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
    const { keys, stateDirectory } = this.#options;
    const boot = this.#write(() => journal.nextBoot(Date.now() / 1000));
    const records = this.#write(() => decisions.load());
    const configurations = this.#openConfigurations(records);
    const config = this.#config;
    this.#write(() => journal.allowLease(leaseUsOf(config, this.#node.name)));
    const protocol = this.#protocolConfig(journal, boot, configurations);
    const set = this.#write(() => presentParameters(config, stateDirectory, records));
    this.#noteParameters(configurations, set);
    const present = nativeOptions(configWith(config, set), this.#node, keys, stateDirectory);
    const node = new this.#addon.NativeNode(present, (events) => this.#onNative(events), this.#landing.memory);
    const report = node.start(boot);
    try {
      warnOf(report, this.#logger, (link) => this.#news.nameOfLink(link));
      node.setMessageParameters(config.messageParameters);
      const hands = this.#makeHands(node, journal, protocol, decisions, { configurations, set });
      configure(node, hands, protocol, this.#addon.bootTimeNs());
      const startedMs = this.nowMs();
      const rounds = restoredRounds(records, this.#options.operations?.after ?? null, this.#node.id, startedMs, configurations?.inForce);
      const state = initial(protocol, startedMs, journal.reserved(MANAGER_SEAT), rounds, (seat) => journal.reserved(seat), set);
      const driver = new ProtocolDriver(state, {
        nowMs: () => this.nowMs(),
        carryOut: (effect) => this.#carryOut(effect),
        stepped: (next, nowMs) => {
          keepMemberId(journal, next.self.memberId, this.#troubles);
          this.#running?.desk.stepped(next, nowMs);
        },
        rested: () => hands.outbox.turned(),
        failed: (error) => this.#fail(error),
      });
      const desk = new ProgressDesk(node, driver.state, () => this.nowMs(), this.#work);
      const endLiveness = keepAlive(node, config.stalled, () => this.#addon.bootTimeNs());
      const statistics = new Statistics(node.page);
      const ownTime = watchOwnTime(
        config.heartbeat,
        () => this.nowMs(),
        statistics,
        driver,
        (name, facts) => this.#publishLocal(name, facts),
      );
      return { native: node, journal, boot, startedMs, report, statistics, driver, hands, endLiveness, desk, ownTime };
    } catch (error) {
      node.stop();
      throw error;
    }
  }

  #openConfigurations(records: readonly RoundRecord[]): ConfigurationDesk | null {
    this.#use(this.#options.config);
    const opened = openConfigurations(this.#options, records, this.#logger, (config) => this.#use(config));
    if (typeof opened !== 'string') return opened;
    this.#troubles.set('configuration', opened);
    return null;
  }

  /** What was set is in force, whether its configurations' history can be kept or not. */
  #noteParameters(configurations: ConfigurationDesk | null, set: ParameterSet): void {
    try {
      configurations?.useParameters(set);
    } catch (error) {
      this.#troubles.set('configuration', reasonOf(error));
    }
  }

  #use(config: ClusterConfig, trouble: string | null = null): void {
    this.#troubles.set('configuration', trouble);
    this.#config = config;
    this.#node = nodeByName(config, this.#options.node);
    this.#running?.hands.places.use(config, this.#node);
    this.#running?.driver.feed({ type: 'adapters', nics: this.#nics() });
  }

  #nics(): NicDescription[] {
    return nicsOf(this.#config, this.#node.name, (each) => this.#addon.interfaceInfo(each));
  }

  #protocolConfig(journal: Journal, boot: Boot, configurations: ConfigurationDesk | null): ProtocolConfig {
    const protocol = protocolConfigOf(this.#config, this.#node.name, { boot, hostName: hostname(), version, nics: this.#nics() });
    return { ...protocol, ...configurations?.agreed(), self: { ...protocol.self, memberId: journal.memberId } };
  }

  #makeHands(node: NativeNode, journal: Journal, protocol: ProtocolConfig, decisions: DecisionLog, kept: Kept): EffectHands {
    const { configurations, set } = kept;
    const places = new Places(this.#config, this.#node, node, protocol.leaseUs);
    const { stateDirectory } = this.#options;
    const registers = new Registers(node, journal, SEATS, protocol.leaseUs, (reason) => this.#onJournal(reason));
    const own = { addon: this.#addon, running: () => this.#running, config: () => this.#config, node: () => this.#node };
    const told = { logger: this.#logger, troubles: this.#troubles };
    const commands = resourceCommandsOf({ ...own, ...told }, stateDirectory, (...event) => this.#publishLocal(...event));
    configurations?.begin({
      commands,
      state: () => this.#state(),
      command: (command) => this.command(command),
      use: (config, trouble) => this.#use(config, trouble),
      steps: new ResourceSteps(stepHandsOf({ ...own, places, conflicts: this.#news.conflicts }), this.#work),
      links: new LinkChanges(node, this.#config, this.#node.name, hereBy(this.#addon)),
      place: (config) => places.use(config, nodeByName(config, this.#node.name)),
      stranded: (after) => places.stranded(after),
    });
    return {
      configurations,
      native: node,
      registers,
      parameters: parameterKeeper(this.#config, this.#node, set, { native: node, journal, registers, places, stateDirectory }),
      outbox: new Outbox(node),
      places,
      replies: new Replies(),
      commands,
      operations: this.#operations,
      decisions,
      diskFailed: (error) => this.#troubles.set('decisions', error === null ? null : `decisions cannot be written: ${error.message}`),
      logger: this.#logger,
      contactLink: (host) => places.contactLink(this.#state()?.config.networks ?? [], host),
      publish: (event) => this.#publish(event),
      feed: (event) => this.#running?.driver.feed(event),
    };
  }

  #state(): NodeState | null {
    return this.#running?.driver.state ?? null;
  }

  #write<T>(write: () => T): T {
    return written(this.#options.stateDirectory, write);
  }

  #onJournal(reason: string | null): void {
    if (reason !== null) this.#logger.error({ reason }, 'a vote could not be written; this node does not vote until one can');
    this.#troubles.set('journal', reason === null ? null : `votes cannot be written: ${reason}`);
    this.#publishLocal(reason === null ? 'journal-recovered' : 'journal-failed', reason === null ? {} : { reason });
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

  #onNative(batch: NativeBatch): void {
    this.#running?.hands.outbox.together(() => hearNative(batch, this.#inbox));
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
    if (command.name === 'propose' && this.#operations.applying !== null) await this.#operations.applying;
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
    const { driver, endLiveness, ownTime, desk, native: node, journal, hands } = this.#running;
    this.#running = null;
    driver.stop();
    desk.stop();
    endLiveness();
    ownTime.end();
    node.stop();
    hands.commands.end();
    hands.configurations?.end();
    hands.parameters.stop();
    hands.decisions.close();
    journal.close();
    this.#news.conflicts.clear();
    this.#troubles.clear();
    hands.replies.end();
  }

  setKeys(keys: readonly ClusterKey[]): void {
    this.#mustRun().native.setKeys(keys);
  }

  status(): RuntimeStatus {
    const { native: running, boot, startedMs, report, statistics, driver, hands, ownTime } = this.#mustRun();
    this.#troubles.set('dropped', droppedText(statistics));
    return statusOf({
      config: this.#config,
      node: this.#node.name,
      boot,
      startedMs,
      nowMs: this.nowMs(),
      snapshot: snapshot(driver.state),
      statistics,
      report,
      guard: running.guard(),
      placed: hands.places.placed.map((placed) => ({ ...placed, interface: hands.places.adapterOf(placed) })),
      commandsOf: (seat) => hands.commands.status(seat),
      conflicts: this.#news.conflicts,
      hearsMulticast: (other, link) => this.#news.hearsMulticast(other, link),
      messageCounters: running.messageCounters(),
      diskHealth: running.diskHealth(),
      troubles: this.#troubles.all(),
      pausesWithoutNotice: ownTime.count,
      silentUntilMs: hands.registers.silentUntilMs,
    });
  }

  async progress(node: NodeId): Promise<ProgressReport> {
    return this.#mustRun().desk.ask(node);
  }

  /** @throws HeartwireError HW_NOT_RUNNING, HW_REFUSED: this node keeps none */
  get configurations(): ConfigurationDesk {
    const { configurations } = this.#mustRun().hands;
    if (configurations === null)
      throw HeartwireError.of('HW_REFUSED', { reason: 'this node keeps no configuration; `heartwire status` says why' });
    return configurations;
  }

  timings(): Timings {
    const { statistics, driver } = this.#mustRun();
    return timingsOf(statistics, configWith(this.#config, driver.state.parameters).heartbeat, this.nowMs());
  }

  parameters(): PresentParameters {
    return { set: this.#mustRun().driver.state.parameters, base: parameterBaseOf(this.#config) };
  }

  #mustRun(): Running {
    if (this.#running === null) throw HeartwireError.of('HW_NOT_RUNNING', {});
    return this.#running;
  }
}
