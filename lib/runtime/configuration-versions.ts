// The configurations that a node holds (R1, R2, R5): the default one, which edits change and nothing runs from; the active
// one, which runs; and during a change the temporary one. Each version is a file that never changes its meaning, and which
// version is what stands in one small file beside them, replaced at once. So a crash at any instant leaves the old state or
// the new one, and no copy can be half a file. Checksums are written with each version and hold its file against damage.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClusterConfig } from '../config/config.ts';
import { type Checksums, checksumsOf, sameChecksums } from '../config/versions/checksums.ts';
import { planOf } from '../config/versions/plan.ts';
import { planText } from '../config/versions/plan-text.ts';
import { HeartwireError } from '../errors.ts';
import { readIfThere, writeDurably } from './state-file.ts';

/** Of both files. To be raised when ClusterConfig changes, since an older configuration cannot be compared then. */
const FORMAT = 1;
const KEPT_MAX = 50;

const checksum = z.string().regex(/^[0-9a-f]{64}$/);
const versionNumber = z.number().int().positive();
const indexShape = z.object({
  format: z.literal(FORMAT),
  versions: z.array(
    z.object({ version: versionNumber, topology: checksum, resources: checksum, settings: checksum, madeAtMs: z.number() }),
  ),
  default: versionNumber.nullable(),
  active: versionNumber.nullable(),
  temporary: z.object({ version: versionNumber, protocol: z.string() }).nullable(),
  activated: z.array(z.object({ version: versionNumber, atMs: z.number() })),
});
type Index = z.infer<typeof indexShape>;
const EMPTY: Index = { format: FORMAT, versions: [], default: null, active: null, temporary: null, activated: [] };

export interface VersionRecord extends Checksums {
  /** 1 or more; grows with every edit at this node. */
  readonly version: number;
  readonly madeAtMs: number;
}

/** Which version began to run here, and when (ms since 1970). */
export interface Activation {
  readonly version: number;
  readonly atMs: number;
}

export class ConfigurationVersions {
  readonly #folder: string;
  #index: Index;

  private constructor(folder: string, index: Index) {
    this.#folder = folder;
    this.#index = index;
  }

  /**
   * Reads what there is; makes nothing.
   * @param stateDirectory locked by the caller where it also writes
   * @throws HeartwireError HW_STATE_DIRECTORY
   */
  static open(stateDirectory: string): ConfigurationVersions {
    const folder = join(stateDirectory, 'configuration');
    const path = join(folder, 'versions.json');
    return new ConfigurationVersions(
      folder,
      guarded(path, () => {
        const text = readIfThere(path);
        return text === null ? EMPTY : indexShape.parse(ofThisRelease(JSON.parse(text)));
      }),
    );
  }

  /** The version that edits start from; null: none yet. */
  get default(): VersionRecord | null {
    return this.#recordOf(this.#index.default);
  }

  /** The version that runs, or ran last. */
  get active(): VersionRecord | null {
    return this.#recordOf(this.#index.active);
  }

  /** Left by a change that has not ended: its outcome is to be asked from the cluster. */
  get temporary(): { readonly version: number; readonly protocol: string } | null {
    return this.#index.temporary;
  }

  /** Oldest first; the last 50. */
  get activated(): readonly Activation[] {
    return this.#index.activated;
  }

  recordOf(version: number): VersionRecord | null {
    return this.#recordOf(version);
  }

  /** @throws HeartwireError HW_STATE_DIRECTORY when its file is gone or damaged */
  read(version: number): ClusterConfig {
    const path = this.#fileOf(version);
    return guarded(path, () => {
      const text = readIfThere(path);
      const record = this.#recordOf(version);
      if (text === null || record === null) throw new Error(`version ${version} of the configuration is not there`);
      const { config } = ofThisRelease(JSON.parse(text)) as { config: ClusterConfig };
      if (!sameChecksums(checksumsOf(config), record)) throw new Error('its checksum is wrong: the file is damaged, or was edited');
      return config;
    });
  }

  /**
   * A node starts with this configuration: it becomes the default one unless it is that already, and the active one is
   * its copy (R1).
   * @returns the active version
   * @throws HeartwireError HW_STATE_DIRECTORY
   */
  start(config: ClusterConfig, nowMs: number): number {
    const known = this.default;
    const version = known !== null && sameChecksums(known, checksumsOf(config)) ? known.version : this.#next();
    this.#keep(version, config, nowMs);
    this.#activate(version, nowMs, this.#index.temporary);
    return version;
  }

  /**
   * Edits the default configuration; what runs goes on (R2).
   * @param base the version that the editor started from
   * @returns the new version, or `base` when nothing differs
   * @throws HeartwireError HW_CONFIG_STALE with the difference, when another edit came first; HW_STATE_DIRECTORY
   */
  edit(base: number, config: ClusterConfig, nowMs: number): number {
    const now = this.default;
    if (now === null || now.version !== base) {
      const theirs = now === null ? '' : planText(planOf(config, this.read(now.version)));
      throw HeartwireError.of('HW_CONFIG_STALE', { base, now: now?.version ?? 'none', difference: theirs });
    }
    if (sameChecksums(now, checksumsOf(config))) return base;
    const version = this.#next();
    this.#keep(version, config, nowMs);
    return version;
  }

  /**
   * The default one becomes the temporary one of a change.
   * @param protocol number of the change in the cluster's order
   * @throws HeartwireError HW_REFUSED while another change has not ended (R3), HW_STATE_DIRECTORY
   */
  prepare(protocol: string): number {
    const { default: version, temporary } = this.#index;
    if (version === null) throw HeartwireError.of('HW_REFUSED', { reason: 'this node has no default configuration yet' });
    if (temporary !== null && temporary.protocol !== protocol)
      throw HeartwireError.of('HW_REFUSED', { reason: `the change ${temporary.protocol} has not ended here` });
    this.#write({ ...this.#index, temporary: { version, protocol } });
    return version;
  }

  /** The change was committed: the temporary one becomes the active one. A change that is not under way here changes nothing. */
  adopt(protocol: string, nowMs: number): void {
    const { temporary } = this.#index;
    if (temporary?.protocol === protocol) this.#activate(temporary.version, nowMs, null);
  }

  /** The change was aborted: the active one stays, the temporary one goes. */
  discard(protocol: string): void {
    if (this.#index.temporary?.protocol === protocol) this.#write({ ...this.#index, temporary: null });
  }

  #next(): number {
    return Math.max(0, ...this.#index.versions.map(({ version }) => version)) + 1;
  }

  #recordOf(version: number | null): VersionRecord | null {
    return this.#index.versions.find((record) => record.version === version) ?? null;
  }

  #fileOf(version: number): string {
    return join(this.#folder, `${version}.json`);
  }

  /** The file first: the index never names what is not on disk. */
  #keep(version: number, config: ClusterConfig, nowMs: number): void {
    const text = `${JSON.stringify({ format: FORMAT, config })}\n`;
    const path = this.#fileOf(version);
    guarded(path, () => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (readIfThere(path) !== text) writeDurably(path, text);
    });
    if (this.#index.default === version) return;
    const record = { version, ...checksumsOf(config), madeAtMs: nowMs };
    this.#write({
      ...this.#index,
      versions: [...this.#index.versions.filter((other) => other.version !== version), record],
      default: version,
    });
  }

  #activate(version: number, atMs: number, temporary: Index['temporary']): void {
    const { active, activated } = this.#index;
    if (active === version && temporary === this.#index.temporary) return;
    const history = active === version ? activated : [...activated, { version, atMs }].slice(-KEPT_MAX);
    this.#write({ ...this.#index, active: version, temporary, activated: history });
  }

  /** Versions that nothing names any more go, files after the index. */
  #write(index: Index): void {
    const named = new Set([index.default, index.active, index.temporary?.version, ...index.activated.map(({ version }) => version)]);
    const kept = index.versions.filter(({ version }) => named.has(version));
    const gone = index.versions.filter(({ version }) => !named.has(version));
    const next = { ...index, versions: kept };
    const path = join(this.#folder, 'versions.json');
    guarded(path, () => {
      writeDurably(path, `${JSON.stringify(next)}\n`);
      this.#index = next;
      for (const { version } of gone) rmSync(this.#fileOf(version), { force: true });
    });
  }
}

function ofThisRelease(value: unknown): unknown {
  const format: unknown = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format !== FORMAT)
    throw new Error(`another release of Heartwire wrote it (format ${format}); move the folder away to begin anew`);
  return value;
}

function guarded<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw HeartwireError.of(
      'HW_STATE_DIRECTORY',
      { reason: error instanceof Error ? error.message : String(error) },
      { place: path, cause: error },
    );
  }
}
