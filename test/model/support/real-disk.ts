// What a change of parameters writes, on real files: the log of decisions, the set, and the history of configurations, as
// lib/runtime writes them. A crash may come before any call that changes something there, or after the last one: a file is
// opened, flushed or renamed, a record is handed to SQLite. Only these calls are touched, and only while the one that is to
// crash makes them.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import { configurationWith } from '../../../lib/config/written-parameters.ts';
import type { ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import type { RoundRecord } from '../../../lib/protocol/rounds/state.ts';
import type { Effect, NodeId } from '../../../lib/protocol/types.ts';
import { ConfigurationDesk } from '../../../lib/runtime/configuration-desk.ts';
import { ConfigurationVersions } from '../../../lib/runtime/configuration-versions.ts';
import { DecisionLog } from '../../../lib/runtime/decision-log.ts';
import { writeParameters } from '../../../lib/runtime/parameter-file.ts';
import { presentParameters } from '../../../lib/runtime/parameter-desk.ts';

/** Counts what one node does to its disk from a moment on, and ends it before one of these steps. */
export class CrashPoint {
  readonly node: NodeId;
  readonly #at: number;
  readonly steps: string[] = [];
  armed = false;
  hasCome = false;

  /** @param at 0: before its first step; its number of steps: after the last one */
  constructor(node: NodeId, at: number) {
    this.node = node;
    this.#at = at;
  }

  pass(node: NodeId, step: string): void {
    if (!this.armed || node !== this.node || this.hasCome) return;
    this.hasCome = this.steps.length === this.#at;
    if (this.hasCome) throw new Error(`crashes at ${step}`);
    this.steps.push(step);
  }
}

const CALLS = ['openSync', 'writeFileSync', 'fsyncSync', 'renameSync', 'rmSync'] as const;

/** Runs it with every call that changes a file as a step. */
function stepByStep(before: (call: string) => void, run: () => void): void {
  const real = Object.fromEntries(CALLS.map((call) => [call, fs[call]]));
  for (const call of CALLS) {
    const original = fs[call] as (...args: unknown[]) => unknown;
    Object.assign(fs, {
      [call]: (...args: unknown[]): unknown => {
        before(call);
        return original(...args);
      },
    });
  }
  syncBuiltinESMExports();
  try {
    run();
  } finally {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  }
}

export interface Found {
  readonly set: ParameterSet;
  readonly records: readonly RoundRecord[];
  /** Active and default configuration, with what was set. */
  readonly texts: readonly string[];
  /** Version of the set that the history names last. */
  readonly noted: string | null;
}

export class RealDisk {
  readonly #node: NodeId;
  readonly #directory: string;
  readonly #config: ClusterConfig;
  readonly #crash: CrashPoint;
  readonly #keep: typeof writeParameters;
  #log: DecisionLog;
  #desk: ConfigurationDesk;

  /** @param keep how the set is written: as it is, or wrongly */
  constructor(node: NodeId, directory: string, config: ClusterConfig, crash: CrashPoint, keep: typeof writeParameters) {
    this.#node = node;
    this.#directory = directory;
    this.#config = config;
    this.#crash = crash;
    this.#keep = keep;
    this.#log = new DecisionLog(directory);
    this.#desk = this.#open();
    this.#desk.useParameters(this.look().set);
  }

  #open(): ConfigurationDesk {
    return new ConfigurationDesk(ConfigurationVersions.open(this.#directory), `node${this.#node}`, this.#config);
  }

  /** @returns false: it has crashed on the way */
  carryOut(effect: Effect): boolean {
    const pass = (step: string): void => this.#crash.pass(this.#node, step);
    try {
      if (effect.type === 'record') {
        pass('before a record');
        this.#log.record(effect.number, effect.record, () => undefined);
        pass('after a record');
      }
      if (effect.type === 'keepParameters') {
        stepByStep(pass, () => this.#keep(this.#directory, effect.set));
        stepByStep(pass, () => this.#desk.useParameters(effect.set));
        pass('kept');
      }
      return true;
    } catch (error) {
      if (this.#crash.hasCome && this.#crash.node === this.#node) return false; // whatever has been made of it
      throw error;
    }
  }

  /** As the next start finds it. @throws what a file is damaged by */
  async restart(): Promise<Found> {
    await written();
    this.#log.close();
    this.#log = new DecisionLog(this.#directory);
    this.#desk = this.#open();
    const found = this.look();
    this.#desk.useParameters(found.set);
    return found;
  }

  look(): Found {
    const records = this.#log.load();
    const set = presentParameters(this.#config, this.#directory, records);
    const versions = ConfigurationVersions.open(this.#directory);
    const named = [versions.active, versions.default].map((record) => record?.version ?? 0);
    const texts = named.map((version) => configurationWith(versions.read(version), set).text);
    return { set, records, texts, noted: versions.activated.at(-1)?.parameters?.version ?? null };
  }

  close(): void {
    this.#log.close();
  }
}

/** What was handed to SQLite is written when the event loop has turned. */
export const written = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
