// The whole simulated cluster: hosts, wires, time, faults, and the log that two runs of one seed must share
// byte for byte. A run has a phase with faults, where safety must hold, and a phase that must heal.
import type { ParameterSet } from '../../lib/protocol/parameters/settings.ts';
import { createHash } from 'node:crypto';
import type { Announcement, ClusterEvent } from '../../lib/protocol/types.ts';
import { AdapterBook } from './adapters.ts';
import { AnswerBook } from './answer-book.ts';
import { Channels } from './channels.ts';
import type { SimulatedFrame } from './engine-port.ts';
import { injectFaults } from './faults.ts';
import { Host } from './host.ts';
import { ConfigurationBook, reconfigureNowAndThen } from './administrator.ts';
import { Interruptions } from './interruptions.ts';
import { LinkBook } from './link-book.ts';
import { Ledger } from './ledger.ts';
import { changeNowAndThen } from './parameters.ts';
import { proposeNowAndThen } from './program.ts';
import { invariants } from './invariants/index.ts';
import { Network } from './network.ts';
import type { SimulationOptions } from './options.ts';
import { protocolConfigFor } from './protocol-config.ts';
import { Random } from './prng.ts';
import { Schedule } from './schedule.ts';
import { SharedDisk } from './shared-disk.ts';

const IS_TRACED = process.env['HEARTWIRE_TRACE'] !== undefined;
/** A seat is acquired so often in so long at most. */
const ACQUISITIONS_MAX = 8;
const REST_MS = 500;
/** Of the log; all of it for a person who looks into one seed. */
const LINES_KEPT = IS_TRACED ? 1_000_000 : 1000;

export interface Outcome {
  readonly seed: number;
  readonly violation: string | null;
  readonly logHash: string;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly takeovers: number;
  /** That became active. */
  readonly changesOfNetworks: number;
  /** To the other adapter of a node (R9). */
  readonly adapterMoves: number;
  readonly lastLines: readonly string[];
}

export class World {
  readonly options: SimulationOptions;
  readonly random: Random;
  readonly schedule: Schedule = new Schedule();
  readonly network: Network;
  readonly channels: Channels;
  readonly hosts: Host[] = [];
  readonly sharedDisk: SharedDisk = new SharedDisk();
  readonly configurationBook: ConfigurationBook = new ConfigurationBook();
  readonly linkBook: LinkBook = new LinkBook(this);
  readonly answers: AnswerBook = new AnswerBook();
  readonly adapterBook: AdapterBook = new AdapterBook(this);
  readonly interruptions: Interruptions = new Interruptions(this);
  readonly ledger: Ledger = new Ledger((start) => this.hosts.some((host) => host.running && `${host.id}/${host.boot}` === start));
  /** By version: what it was where it was in force first. */
  readonly parameterSets: Map<bigint, ParameterSet['settings']> = new Map();
  /** Changes that a node has refused. */
  readonly refusedParameters: Set<bigint> = new Set();
  readonly faultCounts: Record<string, number> = {};
  protocolError: string | null = null;
  epochConflict: string | null = null;
  /** Nodes whose machine stands still as announced. */
  readonly away: Set<number> = new Set();
  /** One of them was taken for failed although nothing else was wrong. */
  ejected: string | null = null;
  /** Nodes that have stood still without notice, and since when each is back (true time; infinite: it is not). */
  readonly gaps: Map<number, number> = new Map();
  /** An owner that went on all the time lost its seat, although nothing else was wrong. */
  harmed: string | null = null;
  /** A seat changed hands again and again. */
  restless: string | null = null;
  violation: string | null = null;
  /** Somebody on the wires; true: a frame gets no further. */
  tap: ((from: Host, frame: SimulatedFrame) => boolean) | null = null;
  /** No new faults from here on. */
  healing = false;
  steps = 0;
  takeovers = 0;
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];
  readonly #ownerOfEpoch = new Map<string, number>();
  /** By seat: when, lately. */
  readonly #acquisitions = new Map<number, readonly number[]>();

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = new Random(options.seed ^ 0x5eed);
    this.network = new Network(options, this.random, this.schedule);
    this.channels = new Channels(this);
    for (let id = 1; id <= options.nodes; id++) {
      this.hosts.push(new Host(this, protocolConfigFor(options, id), options.driftPpm[id - 1] ?? 0));
    }
  }

  host(id: number): Host {
    const host = this.hosts[id - 1];
    if (host === undefined) throw new Error(`no host ${id}`);
    return host;
  }

  note(line: string): void {
    const text = `${(this.schedule.nowNs / 1e6).toFixed(3)} ${line}`;
    this.#hash.update(text).update('\n');
    this.#lines.push(text);
    if (this.#lines.length > 2 * LINES_KEPT) this.#lines.splice(0, LINES_KEPT);
  }

  /** Like note(), but only with HEARTWIRE_TRACE: what a person needs to understand one seed. */
  trace(text: () => string): void {
    if (IS_TRACED) this.#lines.push(`${(this.schedule.nowNs / 1e6).toFixed(3)} ${text()}`);
  }

  /** Nothing is wrong but that machines stand still, as announced, and that what moves does so as planned. */
  get isQuiet(): boolean {
    return this.options.faults.every((fault) => fault === 'absence' || fault === 'move');
  }

  published(host: Host, told: ClusterEvent): void {
    const { event, node } = told;
    this.note(`${host.id} event ${event}`);
    this.interruptions.published(host.id, told);
    const isVerdict = event === 'client-lost' && host.role() === 'manager'; // others pass it on, and may do so late
    if (isVerdict && this.isQuiet && this.away.has(node)) this.ejected ??= `node ${host.id} takes node ${node} for failed`;
  }

  /** Who has ever held a seat in an epoch. */
  ownerOf(seat: number, epoch: bigint): number | undefined {
    return this.#ownerOfEpoch.get(`${seat} ${epoch}`);
  }

  noteAcquired(host: Host, seat: number, epoch: bigint): void {
    this.takeovers++;
    const key = `${seat} ${epoch}`;
    const before = this.#ownerOfEpoch.get(key);
    if (before !== undefined && this.options.quorum !== 'none') {
      this.epochConflict = `epoch ${epoch} of seat ${seat} acquired by node ${before} and again by node ${host.id}`;
    }
    this.#ownerOfEpoch.set(key, host.id);
    this.#noteRest(seat);
  }

  #noteRest(seat: number): void {
    const { nowNs } = this.schedule;
    const recent = [...(this.#acquisitions.get(seat) ?? []), nowNs].filter((atNs) => nowNs - atNs < REST_MS * 1e6);
    this.#acquisitions.set(seat, recent);
    if (recent.length > ACQUISITIONS_MAX) this.restless ??= `seat ${seat} was acquired ${recent.length} times in ${REST_MS} ms`;
  }

  sendFrame(from: Host, frame: SimulatedFrame): void {
    if (this.tap?.(from, frame) === true) return;
    const to = this.host(frame.toNode);
    this.network.datagram(from.id, to.id, frame.link, () => to.receiveFrame(from, frame.link, frame.bytes));
  }

  /** An announcement over every network; a stranger's is believed after a handshake. */
  announce(from: Host, announcement: Announcement): void {
    const boot = from.boot;
    for (const to of this.hosts) {
      if (to === from) continue;
      let heard = false;
      for (let link = 0; link < this.options.links; link++) {
        this.network.datagram(from.id, to.id, link, () => {
          if (heard || !to.running || from.boot !== boot) return;
          heard = true;
          this.#hear(to, from, boot, announcement);
        });
      }
    }
  }

  /** A message could not be delivered: the node is greeted anew (MessageEngine::look_for). */
  lookFor(from: Host, to: Host): void {
    const [fromBoot, toBoot] = [from.boot, to.boot];
    this.schedule.at(this.schedule.nowNs + 3 * this.network.delayNs(), () => {
      const isSame = from.running && to.running && from.boot === fromBoot && to.boot === toBoot;
      if (isSame && this.network.reachable(from.id, to.id) && this.network.reachable(to.id, from.id)) this.#meet(from, to);
    });
  }

  /** Both have a session with the present start of the other. */
  #meet(one: Host, other: Host): void {
    if (one.sessions.get(other.id) !== other.boot) one.installSession(other);
    if (other.sessions.get(one.id) !== one.boot) other.installSession(one);
  }

  #hear(to: Host, from: Host, boot: bigint, announcement: Announcement): void {
    const deliver = (): void => to.feed({ type: 'announced', from: from.id, boot, announcement });
    if (to.sessions.get(from.id) === boot && from.sessions.get(to.id) === to.boot) {
      deliver();
      return;
    }
    if (!this.network.reachable(from.id, to.id)) return;
    const toBoot = to.boot;
    this.schedule.at(this.schedule.nowNs + 3 * this.network.delayNs(), () => {
      if (!to.running || !from.running || to.boot !== toBoot || from.boot !== boot) return;
      this.#meet(to, from);
      deliver();
    });
  }

  #check(): void {
    this.steps++;
    for (const invariant of invariants) {
      const broken = invariant.check?.(this) ?? null;
      if (broken !== null) this.#violate(invariant.name, broken);
    }
  }

  /** Something that a script found broken. */
  violate(text: string): void {
    this.#violate('script', text);
  }

  #violate(name: string, text: string): void {
    this.violation ??= `${(this.schedule.nowNs / 1e6).toFixed(3)} ms: ${name}: ${text}`;
  }

  /** @param script faults at given times instead of random ones */
  run(script?: (world: World) => void): Outcome {
    const { faultPhaseMs, healPhaseMs } = this.options;
    for (const host of this.hosts) this.schedule.at(this.random.between(0, 300) * 1e6, () => host.start());
    if (script === undefined) injectFaults(this, 3000, faultPhaseMs);
    if (script === undefined) {
      proposeNowAndThen(this, 3000, faultPhaseMs + healPhaseMs / 2);
      reconfigureNowAndThen(this, 3000, faultPhaseMs + healPhaseMs / 3);
      changeNowAndThen(this, 3000, faultPhaseMs);
    } else script(this);
    const totalMs = faultPhaseMs + healPhaseMs;
    for (let ms = 100; ms <= totalMs && this.violation === null; ms += 100) {
      this.schedule.runUntil(ms * 1e6, () => this.#check());
    }
    if (this.violation === null && healPhaseMs > 0) {
      for (const invariant of invariants) {
        const broken = invariant.settled?.(this) ?? null;
        if (broken !== null) this.#violate(invariant.name, broken);
      }
    }
    return {
      seed: this.options.seed,
      violation: this.violation,
      logHash: this.#hash.digest('hex'),
      simulatedMs: this.schedule.nowNs / 1e6,
      steps: this.steps,
      faults: this.faultCounts,
      takeovers: this.takeovers,
      changesOfNetworks: this.linkBook.changes,
      adapterMoves: this.adapterBook.moves,
      lastLines: this.#lines.slice(-LINES_KEPT),
    };
  }
}
