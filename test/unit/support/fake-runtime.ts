// A node without a network: answers with the status that a test gives it, and notes what it is asked. It
// implements the same interface as the real runtime, so that API, control socket and commands can be
// tested without privileges.
import { EventEmitter } from 'node:events';
import type { Engine } from '../../../lib/api/engine.ts';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import type { PeerCredentials } from '../../../lib/control/permission.ts';
import { HeartwireError } from '../../../lib/errors.ts';
import { parameterBaseOf } from '../../../lib/config/parameters.ts';
import { NOTHING_SET, type PresentParameters } from '../../../lib/protocol/parameters/settings.ts';
import type { Command } from '../../../lib/protocol/types.ts';
import type {
  ClusterKey,
  Runtime,
  RuntimeEvent,
  RuntimeOptions,
  CommandResult,
  ConfigurationReport,
  Configurations,
  ProgressReport,
  RuntimeStatus,
  Timings,
} from '../../../lib/runtime/types.ts';
import { sampleReport } from './configurations.ts';
import { healthyStatus } from './statuses.ts';

export class FakeRuntime extends EventEmitter implements Runtime {
  readonly options: RuntimeOptions;
  /** What was called, in order: 'start', 'command leave', 'stop', 'setKeys 2'... */
  readonly calls: string[] = [];
  readonly commands: Command[] = [];
  /** What every status() returns; tests change it. */
  facts: RuntimeStatus;
  /** Set: commands of that name are refused so. */
  readonly refusals: Map<Command['name'], HeartwireError> = new Map();
  configuration: ConfigurationReport = sampleReport();
  startError: HeartwireError | null = null;
  now: number = 1_000_000;

  constructor(options: RuntimeOptions, facts: RuntimeStatus = healthyStatus()) {
    super();
    this.options = options;
    this.facts = facts;
  }

  start(): Promise<void> {
    this.calls.push('start');
    return this.startError === null ? Promise.resolve() : Promise.reject(this.startError);
  }

  stop(): Promise<void> {
    this.calls.push('stop');
    return Promise.resolve();
  }

  command(command: Command): Promise<CommandResult> {
    this.calls.push(`command ${command.name}`);
    this.commands.push(command);
    const refusal = this.refusals.get(command.name);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (command.name === 'offline') this.facts = { ...this.facts, self: { ...this.facts.self, role: 'offline' } };
    if (command.name === 'online') this.facts = { ...this.facts, self: { ...this.facts.self, role: 'client' } };
    if (command.name === 'move') this.facts = { ...this.facts, manager: command.node ?? this.facts.standby };
    if (command.name === 'setStandby') this.facts = { ...this.facts, standby: command.node };
    if (command.name === 'changeActiveNetwork') this.facts = { ...this.facts, activeNetwork: command.network };
    return Promise.resolve({ number: command.name === 'propose' ? 1n : null });
  }

  handle(): () => void {
    return () => {};
  }

  progress(node: number): Promise<ProgressReport> {
    const progress = { node, atMs: 5000, role: 'client', protocols: [], lastAcks: [], notOpened: [], waiting: [] };
    return Promise.resolve({ node, ageMs: 3, isLate: false, progress });
  }

  readonly configurations: Configurations = {
    get active(): ClusterConfig {
      throw HeartwireError.of('HW_NOT_RUNNING', {});
    },
    report: () => this.configuration,
    edit: (text, base) => this.#configure(`edit ${text.length} ${base}`, { version: 3 }),
    sync: () => this.#configure('sync', { version: 3 }),
    apply: (version) => this.#configure(`apply ${version}`, version === 9 ? null : { version: 2, protocol: '3.17', late: null }),
    abort: () => this.#configure('abort', { protocol: '3.17' }),
  };

  #configure<Result>(what: string, result: Result): Promise<Result> {
    this.calls.push(`configuration ${what}`);
    return Promise.resolve(result);
  }

  status(): RuntimeStatus {
    return this.facts;
  }

  parameters(): PresentParameters {
    return { set: NOTHING_SET, base: parameterBaseOf(this.options.config) };
  }

  timings(): Timings {
    const silence = { maxNs: 103e6, buckets: [[100e6, 600] as const, [103e6, 2] as const] };
    const lateness = { maxNs: 80_000, buckets: [[20_000, 600] as const, [80_000, 2] as const] };
    const counts = { framesReceived: 1204, framesLost: 0, peers: 2, paths: 4, roundTripsNs: [90_000, 120_000] };
    return { nowMs: this.now, intervalUs: 100_000, timeoutUs: 1_000_000, lateness, silence, ...counts };
  }

  setKeys(keys: readonly ClusterKey[]): void {
    this.calls.push(`setKeys ${keys.map((key) => key.id).join(' ')}`);
  }

  nowMs(): number {
    return this.now;
  }

  /** Tells an event of this cluster. */
  tell(event: RuntimeEvent['event'], details: RuntimeEvent['details'] = {}, node = 1): void {
    this.emit('event', { event, atMs: this.now, node, memberId: node, description: null, details });
  }
}

export class FakeEngine implements Engine {
  runtime: FakeRuntime | null = null;
  /** Called before start(). */
  prepare: (runtime: FakeRuntime) => void = () => {};
  /** Who every caller is said to be. */
  peer: PeerCredentials = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, pid: process.pid };

  createRuntime(options: RuntimeOptions): Promise<Runtime> {
    const runtime = new FakeRuntime(options);
    this.runtime = runtime;
    this.prepare(runtime);
    return Promise.resolve(runtime);
  }

  peerCredentials(): Promise<(descriptor: number) => PeerCredentials> {
    return Promise.resolve(() => this.peer);
  }

  /** The runtime of the cluster that was joined. */
  get joined(): FakeRuntime {
    if (this.runtime === null) throw new Error('nothing was joined');
    return this.runtime;
  }
}
