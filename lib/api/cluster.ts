// A node of the cluster in this process, as programs use it. `heartwire run` is no more than this with a
// log and signals around it.
import { EventEmitter } from 'node:events';
import { resolve as resolvePath } from 'node:path';
import { hostname } from 'node:os';
import { type ClusterConfig, ownNode } from '../config/config.ts';
import { readKeys, wipeKeys } from '../config/key-file.ts';
import { loadConfig } from '../config/load.ts';
import { ControlServer } from '../control/server.ts';
import { asHeartwireError, HeartwireError } from '../errors.ts';
import type { Command, Facts, NodeId, Role } from '../protocol/types.ts';
import type { NoticeSource } from '../runtime/notices/source.ts';
import type {
  AddressStatus,
  CommandResult,
  Logger,
  NodeStatus,
  OperationHandler,
  OperationOptions,
  ProgressReport,
  Runtime,
  RuntimeEvent,
  Timings,
} from '../runtime/types.ts';
import { clusterConfigurations, type ConfigurationCalls } from './configurations.ts';
import { type EventName, type HeartwireEvent, publicEvent } from './event.ts';
import { type EventScripts, scriptsOf } from './scripts.ts';
import { EventQueue } from './event-queue.ts';
import { listen } from './notices.ts';
import { operationOf, type ProposeOptions } from './operation.ts';
import { type PauseOptions, pauseCommand } from './pause.ts';
import { publishCommand } from './program-event.ts';
import { type NodeReference, resolveNode } from './node-reference.ts';
import { checkedAddress } from './checked-address.ts';
import { Parameters } from './parameters.ts';
import { type Engine, realEngine } from './engine.ts';
import { assess, type ClusterStatus } from './status.ts';

export interface JoinOptions {
  /** Name of the own node in the configuration; default: by host name. */
  readonly node?: string;
  /** Its abort makes the node leave as leave() does, or calls a join off that is under way. */
  readonly signal?: AbortSignal;
  /** Instead of `state_directory`. */
  readonly stateDirectory?: string;
  /** Instead of `control.socket`; false: no control socket, so that `heartwire status` cannot ask this node. */
  readonly control?: string | false;
  /** What this program does in atomic operations; handlers can be added later with handle(). */
  readonly operations?: OperationOptions;
  /** Where this program learns of changes to its machine (V1), besides what the node itself watches. */
  readonly noticeSources?: readonly NoticeSource[];
  /** Default: silence. A pino logger fits. */
  readonly logger?: Logger;
}

/** Every event under its own name, and all of them as `event`. `failed`: the node has stopped by itself. */
export type ClusterEventMap = { [Name in EventName]: [event: HeartwireEvent] } & {
  event: [event: HeartwireEvent];
  failed: [error: HeartwireError];
};

const RECENT_MAX = 1000;
const silence: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export class Cluster extends EventEmitter<ClusterEventMap> {
  readonly config: ClusterConfig;
  /** Name of this node. */
  readonly node: string;
  /** Edits of the configuration, and changes of the running cluster by it. */
  readonly configurations: ConfigurationCalls;
  /** The queue of scripts that run on events (R8). */
  readonly scripts: EventScripts;
  /** Communication parameters, changed while everything runs (P1-P4). */
  readonly parameters: Parameters;
  readonly #runtime: Runtime;
  readonly #logger: Logger;
  readonly #recent: HeartwireEvent[] = [];
  readonly #queues = new Set<EventQueue<HeartwireEvent>>();
  #control: ControlServer | null = null;
  #leaving: Promise<void> | null = null;
  #endSources: () => void = () => {};

  /** Use Cluster.join(). */
  private constructor(config: ClusterConfig, node: string, runtime: Runtime, logger: Logger, stateDirectory: string) {
    super();
    this.config = config;
    this.node = node;
    this.#runtime = runtime;
    this.configurations = clusterConfigurations(runtime, () => this.#leaving !== null);
    this.#logger = logger;
    this.scripts = scriptsOf(config, node, runtime, logger, stateDirectory);
    this.parameters = new Parameters(runtime, (command) => this.#ask(command));
    runtime.on('event', (event) => this.#publish(event));
    runtime.on('failed', (error) => void this.#fail(asHeartwireError(error)));
  }

  /**
   * Starts this node: it seeks a manager or becomes one. Resolves once the native engine runs; `joined()`
   * waits until the node is a member.
   * @param config a file, or what loadConfig() and parseConfig() give
   * @throws HeartwireError HW_CONFIG_*, HW_NODE_UNKNOWN, HW_KEY_FILE_*, HW_SOCKET_*, HW_STATE_*, HW_NATIVE, HW_ABORTED
   */
  static join(config: string | ClusterConfig, options: JoinOptions = {}): Promise<Cluster> {
    return Cluster.joinWith(realEngine, config, options);
  }

  /** As join(), on another engine: for tests. */
  static async joinWith(engine: Engine, given: string | ClusterConfig, options: JoinOptions = {}): Promise<Cluster> {
    throwIfAborted(options.signal);
    const logger = options.logger ?? silence;
    const config = typeof given === 'string' ? warned(loadConfig(given), logger) : given;
    const node = ownNode(config, options.node ?? null, hostname());
    const keys = readKeys(config.keyFiles);
    const stateDirectory = resolvePath(options.stateDirectory ?? config.stateDirectory);
    const runtime = await engine.createRuntime({
      config,
      node: node.name,
      keys,
      stateDirectory,
      logger,
      ...(options.operations === undefined ? {} : { operations: options.operations }),
    });
    const cluster = new Cluster(config, node.name, runtime, logger, stateDirectory);
    try {
      await cluster.#openControl(engine, options.control ?? config.control.socket);
      throwIfAborted(options.signal);
      await runtime.start();
      cluster.#endSources = listen(options.noticeSources ?? [], cluster, runtime, logger, (event) => cluster.#publish(event));
    } catch (error) {
      await cluster.#stop();
      throw asHeartwireError(error);
    } finally {
      wipeKeys(keys);
    }
    options.signal?.addEventListener('abort', () => void cluster.leave(), { once: true });
    if (options.signal?.aborted === true) await cluster.leave();
    throwIfAborted(options.signal);
    return cluster;
  }

  /** Leaves cleanly: hands its role and addresses over, tells the others, stops. Idempotent; resolves when all is closed. */
  leave(): Promise<void> {
    this.#leaving ??= this.#resignAndStop();
    return this.#leaving;
  }

  /** What this node knows now, with all that is not as it should be in `degraded`. Plain JSON. */
  status(): ClusterStatus {
    return assess(this.#runtime.status());
  }

  /** Lateness, silences and round trips since the start, for choosing timings (X10). @throws HeartwireError HW_NOT_RUNNING */
  timings(): Timings {
    return this.#runtime.timings();
  }

  get role(): Role {
    return this.#runtime.status().self.role;
  }

  /** Members of the cluster now, this node included once it is one. */
  get members(): readonly NodeStatus[] {
    return this.#runtime.status().nodes.filter((node) => node.state === 'member');
  }

  /** Virtual addresses, and who holds each. */
  get addresses(): readonly AddressStatus[] {
    return this.#runtime.status().addresses;
  }

  get manager(): NodeId | null {
    return this.#runtime.status().manager;
  }

  get standby(): NodeId | null {
    return this.#runtime.status().standby;
  }

  /**
   * Waits until this node is client, standby or manager.
   * @throws HeartwireError HW_ABORTED, HW_NOT_RUNNING, or why the node failed
   */
  async joined(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const isMember = (): boolean => ['client', 'standby', 'manager'].includes(this.role);
    const events = this.events(options);
    try {
      while (!isMember()) {
        const { done } = await events.next();
        if (done === true) {
          throwIfAborted(options.signal);
          throw HeartwireError.of('HW_NOT_RUNNING', {});
        }
      }
    } finally {
      await events.return();
    }
  }

  /**
   * Everything that happens from now on. The loop ends when `signal` aborts or the node leaves, and throws
   * when the node fails or the reader is more than 10,000 events behind (HW_CLIENT_TOO_SLOW).
   */
  events(options: { readonly signal?: AbortSignal } = {}): EventQueue<HeartwireEvent> {
    const { signal } = options;
    const end = (): void => queue.end();
    const queue = new EventQueue<HeartwireEvent>(() => {
      this.#queues.delete(queue);
      signal?.removeEventListener('abort', end);
    });
    this.#queues.add(queue);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true || this.#leaving !== null) queue.end();
    return queue;
  }

  /** The last 1000 events, oldest first. */
  recentEvents(): readonly HeartwireEvent[] {
    return [...this.#recent];
  }

  /**
   * An event of this program's own, `program-event`, at every member, in one order; scripts run on it (R8).
   * @param name 1-64 of a-z, 0-9, '.', '_', '-'; `facts`: up to 32, by name, text of up to 300 characters
   * @throws HeartwireError HW_USAGE, HW_REFUSED, HW_NOT_RUNNING
   */
  async publish(name: string, facts: Facts = {}): Promise<void> {
    return this.#command(publishCommand(name, facts));
  }

  /** Takes this node out of the cluster for maintenance; a manager hands over first (C3, 5). @throws HeartwireError HW_REFUSED, HW_NOT_RUNNING */
  offline(): Promise<void> {
    return this.#command({ name: 'offline' });
  }

  /** Seeks the cluster again (C3, 6). @throws HeartwireError HW_REFUSED, HW_NOT_RUNNING */
  online(): Promise<void> {
    return this.#command({ name: 'online' });
  }

  /**
   * Says that this node will not answer for a while (V2): a migration of its virtual machine, memory plugged in. Resolves when
   * the machine may stop: what this node owned is moved, and the others have noted it and do not take it for failed.
   * @throws HeartwireError HW_USAGE (no time is known for the reason), HW_REFUSED, HW_NOT_RUNNING: nothing has changed
   */
  async pause(options: PauseOptions = {}): Promise<void> {
    return this.#command(pauseCommand(this.config.absence, options));
  }

  /** The pause has ended, early or not (V6); it ends by itself after its time. @throws HeartwireError HW_REFUSED, HW_NOT_RUNNING */
  async resume(): Promise<void> {
    return this.#command({ name: 'resume' });
  }

  /** Moves the manager's role and its addresses to `to`, or to the standby. @throws HeartwireError HW_NODE_UNKNOWN, HW_REFUSED, HW_NOT_RUNNING */
  async move(options: { readonly to?: NodeReference } = {}): Promise<void> {
    return this.#command({ name: 'move', node: options.to === undefined ? null : this.#resolve(options.to) });
  }

  /**
   * Moves a resource group to `to`, or to its owner, or, where that has it, to the first successor that is there (R8).
   * @param group its name in the configuration
   * @throws HeartwireError HW_NODE_UNKNOWN, HW_REFUSED, HW_NOT_RUNNING
   */
  async moveGroup(group: string, options: { readonly to?: NodeReference } = {}): Promise<void> {
    return this.#command({ name: 'moveGroup', group, node: options.to === undefined ? null : this.#resolve(options.to) });
  }

  /** Makes a client the standby (C4, C17). @throws HeartwireError HW_NODE_UNKNOWN, HW_REFUSED, HW_NOT_RUNNING */
  async setStandby(node: NodeReference): Promise<void> {
    return this.#command({ name: 'setStandby', node: this.#resolve(node) });
  }

  /** Sends management traffic, and addresses that follow it, over another network (C12). @throws HeartwireError HW_REFUSED, HW_NOT_RUNNING */
  changeActiveNetwork(network: string): Promise<void> {
    return this.#command({ name: 'changeActiveNetwork', network });
  }

  /**
   * Adds a virtual address to the manager's (C13), until the cluster restarts.
   * @param address with prefix length, such as "10.77.0.101/24"
   * @param network default: the active one, and moves with it
   * @throws HeartwireError HW_ADDRESS_INVALID, HW_REFUSED, HW_NOT_RUNNING
   */
  async addVirtualAddress(address: string, network = 'active'): Promise<void> {
    return this.#command({ name: 'addVirtualAddress', address: { address: checkedAddress(address), network } });
  }

  /** @throws HeartwireError HW_ADDRESS_INVALID, HW_REFUSED, HW_NOT_RUNNING */
  async deleteVirtualAddress(address: string): Promise<void> {
    return this.#command({ name: 'deleteVirtualAddress', address: checkedAddress(address) });
  }

  /** Atomic operations of this name: how this program votes on them and applies them (V5). @returns call it to end */
  handle(name: string, handler: OperationHandler): () => void {
    return this.#runtime.handle(name, handler);
  }

  /**
   * Has all active members agree on an operation, and do it, or none of them. Resolves when it is applied here; every other
   * member applies it too, in the same order (V5, V6).
   * @param name letters that its handlers are registered under, 1-200 of them
   * @param data anything that CBOR can carry, up to 1 MiB
   * @throws HeartwireError HW_OPERATION_ABORTED (done nowhere), HW_OUTCOME_UNKNOWN, HW_MESSAGE_TOO_LONG, HW_QUEUE_OVERFLOW (too much
   * waits: later), HW_REFUSED, HW_NOT_RUNNING
   */
  async propose(name: string, data: unknown, options: ProposeOptions = {}): Promise<{ readonly number: bigint }> {
    const body = operationOf(name, data, options);
    const { number } = await this.#ask({ name: 'propose', kind: 'commit', body, timeoutMs: options.timeoutMs ?? 10_000 });
    return { number: number ?? 0n };
  }

  /**
   * How far the peer protocols have got, as `node` knows it (default: this one). Answered while its event loop is blocked, too.
   * @throws HeartwireError HW_NODE_UNKNOWN, HW_REFUSED (it cannot be asked, or does not answer), HW_NOT_RUNNING
   */
  async progress(options: { readonly node?: NodeReference } = {}): Promise<ProgressReport> {
    const { nodes, self } = this.#runtime.status();
    return this.#runtime.progress(options.node === undefined ? self.node : resolveNode(nodes, options.node));
  }

  /** Reads the key files again; the first key sends from now on. @throws HeartwireError HW_KEY_FILE_*: the old keys stay */
  reloadKeys(): void {
    const keys = readKeys(this.config.keyFiles);
    try {
      this.#runtime.setKeys(keys);
      this.#logger.info({ ids: keys.map((key) => key.id) }, 'keys reloaded');
    } finally {
      wipeKeys(keys);
    }
  }

  async #command(command: Command): Promise<void> {
    await this.#ask(command);
  }

  #ask(command: Command): Promise<CommandResult> {
    if (this.#leaving !== null) return Promise.reject(HeartwireError.of('HW_NOT_RUNNING', {}));
    return this.#runtime.command(command).catch((error: unknown) => Promise.reject(asHeartwireError(error)));
  }

  #resolve(reference: NodeReference): NodeId {
    return resolveNode(this.#runtime.status().nodes, reference);
  }

  async #openControl(engine: Engine, socket: string | false): Promise<void> {
    if (socket === false) return;
    const server = new ControlServer(resolvePath(socket), {
      target: this,
      logger: this.#logger,
      group: this.config.control.group,
      ownUid: process.geteuid?.() ?? 0,
      peerCredentials: await engine.peerCredentials(),
    });
    await server.listen();
    this.#control = server;
  }

  async #resignAndStop(): Promise<void> {
    try {
      await this.#runtime.command({ name: 'leave' });
    } catch (error) {
      this.#logger.warn({ reason: asHeartwireError(error).message }, 'left without handing over');
    }
    await this.#stop();
  }

  async #stop(): Promise<void> {
    this.#endSources();
    await this.#runtime.stop();
    this.scripts.end();
    for (const queue of this.#queues) queue.end();
    await this.#control?.close();
  }

  async #fail(error: HeartwireError): Promise<void> {
    this.#endSources();
    this.#leaving ??= Promise.resolve(this.#control?.close());
    for (const queue of this.#queues) queue.fail(error);
    this.emit('failed', error);
    await this.#leaving;
  }

  #publish(raw: RuntimeEvent): void {
    const event = publicEvent(raw, this.#runtime.nowMs(), Date.now());
    if (this.#recent.push(event) > RECENT_MAX) this.#recent.shift();
    for (const queue of this.#queues) queue.push(event);
    this.scripts.take(event);
    this.emit(event.event, event);
    this.emit('event', event);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw HeartwireError.of('HW_ABORTED', {}, { cause: signal.reason });
}

function warned(loaded: { readonly config: ClusterConfig; readonly warnings: readonly string[] }, logger: Logger): ClusterConfig {
  for (const warning of loaded.warnings) logger.warn({ warning }, 'configuration');
  return loaded.config;
}
