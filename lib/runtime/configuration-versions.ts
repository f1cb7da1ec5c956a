// The configurations that a node holds (R1, R2, R5): the default one, which edits change and nothing runs from; the active
// one, which runs; and during a change the temporary one. Each version is a file that never changes its meaning, and which
// version is what stands in one small file beside them, replaced at once. So a crash at any instant leaves the old state or
// the new one, and no copy can be half a file. Checksums are written with each version and hold its file against damage.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClusterConfig } from '../config/config.ts';
import { type Checksums, checksumsOf, digestOf, sameChecksums } from '../config/versions/checksums.ts';
import { planOf } from '../config/versions/plan.ts';
import { planText } from '../config/versions/plan-text.ts';
import { HeartwireError } from '../errors.ts';
import type { ActivatedConfiguration } from './types.ts';
import { readIfThere, writeDurably } from './state-file.ts';

/** Of both files. To be raised when ClusterConfig changes, since an older configuration cannot be compared then. */
const FORMAT = 5;
const KEPT_MAX = 50;

const checksum = z.string().regex(/^[0-9a-f]{64}$/);
const numberText = z.string().regex(/^\d{1,20}$/);
const versionNumber = z.number().int().positive();
const indexShape = z.object({
  format: z.literal(FORMAT),
  versions: z.array(
    z.object({ version: versionNumber, topology: checksum, resources: checksum, settings: checksum, madeAtMs: z.number() }),
  ),
  default: versionNumber.nullable(),
  active: versionNumber.nullable(),
  temporary: z.object({ version: versionNumber, protocol: z.string() }).nullable(),
  /** Digest of the configuration that the last start was given. */
  given: checksum.nullable(),
  /** Numbers of the agreements that they come from; 0: what a start was given. `seen`: the last one that took effect here. */
  agreed: z.object({ default: numberText, active: numberText, seen: numberText }),
  /** Number of the active one's set of voters. */
  voterSet: z.number().int().min(1).max(65_535),
  activated: z.array(
    z.object({
      version: versionNumber,
      atMs: z.number(),
      /** What was set then; null: not told yet. */
      parameters: z.object({ version: z.string(), checksum }).nullable(),
    }),
  ),
});
type Index = z.infer<typeof indexShape>;
const NOT_AGREED = { default: '0', active: '0', seen: '0' };
const EMPTY: Index = {
  format: FORMAT,
  versions: [],
  default: null,
  active: null,
  temporary: null,
  given: null,
  agreed: NOT_AGREED,
  voterSet: 1,
  activated: [],
};

export interface VersionRecord extends Checksums {
  /** 1 or more; grows with every edit at this node. */
  readonly version: number;
  readonly madeAtMs: number;
}

export interface NamedParameters {
  /** Of the change that set them, such as "3.17". */
  readonly version: string;
  readonly checksum: string;
}

/** Which version began to run here, with which parameters, and when (ms since 1970). */
export interface Activation {
  readonly version: number;
  readonly atMs: number;
  /** Null: the start has not told yet. */
  readonly parameters: NamedParameters | null;
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

  /** Numbers of the agreements that default and active configuration come from, and of the last one that took effect here; 0: none. */
  get agreed(): { readonly default: bigint; readonly active: bigint; readonly seen: bigint } {
    const { agreed } = this.#index;
    return { default: BigInt(agreed.default), active: BigInt(agreed.active), seen: BigInt(agreed.seen) };
  }

  /** Number of the active configuration's set of voters. */
  get voterSet(): number {
    return this.#index.voterSet;
  }

  /** The highest number of a version here; 0: none. */
  get versionMax(): number {
    return Math.max(0, ...this.#index.versions.map(({ version }) => version));
  }

  /** Left by a change that has not ended: its outcome is to be asked from the cluster. */
  get temporary(): { readonly version: number; readonly protocol: string } | null {
    return this.#index.temporary;
  }

  /** Oldest first; the last 50. */
  get activated(): readonly Activation[] {
    return this.#index.activated;
  }

  /** What became active here, with its checksums. */
  get history(): ActivatedConfiguration[] {
    return this.activated.flatMap(({ version, atMs, parameters }) => {
      const record = this.#recordOf(version);
      if (record === null) return [];
      const { topology, resources, settings } = record;
      return [{ version, atMs, topology, resources, settings, parameters }];
    });
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
   * A node starts with this configuration: it becomes the default one, and the active one is its copy (R1). A file that
   * nobody has touched since the last start is no edit: what was agreed on since then stays.
   * @returns the active version
   * @throws HeartwireError HW_STATE_DIRECTORY
   */
  start(config: ClusterConfig, nowMs: number): number {
    const given = digestOf(checksumsOf(config));
    const { active, default: known } = this;
    if (active !== null && this.#index.given === given) {
      if (digestOf(active) === given) this.#write(this.#keep(active.version, config, nowMs)); // with what this machine has now
      return active.version;
    }
    const version = known !== null && digestOf(known) === given ? known.version : this.versionMax + 1;
    const agreed = { ...NOT_AGREED, seen: this.#index.agreed.seen };
    this.#write({ ...this.#running(this.#keep(version, config, nowMs), version, nowMs), default: version, given, agreed, voterSet: 1 });
    return version;
  }

  /**
   * Edits the default configuration; what runs goes on (R2).
   * @param base the version that the editor started from
   * @returns the new version, or `base` when nothing differs
   * @throws HeartwireError HW_CONFIG_STALE with the difference, when another edit came first; HW_STATE_DIRECTORY
   */
  edit(base: number, config: ClusterConfig, nowMs: number): number {
    this.mustBeNow(base, config);
    if (this.isDefault(config)) return base;
    const version = this.versionMax + 1;
    this.#write({ ...this.#keep(version, config, nowMs), default: version });
    return version;
  }

  /** @throws HeartwireError HW_CONFIG_STALE with the difference, when the default configuration is another version by now */
  mustBeNow(base: number, config: ClusterConfig): void {
    const now = this.default;
    if (now?.version === base) return;
    const difference = now === null ? '' : planText(planOf(config, this.read(now.version)));
    throw HeartwireError.of('HW_CONFIG_STALE', { base, now: now?.version ?? 'none', difference });
  }

  /** With the active configuration these parameters run from now on; they are on disk already. @throws HeartwireError HW_STATE_DIRECTORY */
  noteParameters(parameters: NamedParameters, nowMs: number): void {
    const { active, activated } = this.#index;
    const last = activated.at(-1);
    if (active === null || last === undefined || last.parameters?.checksum === parameters.checksum) return;
    const before = last.parameters === null ? activated.slice(0, -1) : activated;
    const atMs = last.parameters === null ? last.atMs : nowMs;
    this.#write({ ...this.#index, activated: [...before, { version: active, atMs, parameters }].slice(-KEPT_MAX) });
  }

  isDefault(config: ClusterConfig): boolean {
    return this.default !== null && sameChecksums(this.default, checksumsOf(config));
  }

  /** The cluster has agreed on this default configuration (R2). @throws HeartwireError HW_STATE_DIRECTORY */
  keepAgreed(number: bigint, version: number, config: ClusterConfig, nowMs: number): void {
    this.#write({ ...this.#keep(version, config, nowMs), default: version, agreed: this.#agreedOn('default', number) });
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

  /**
   * The change was committed: the temporary one becomes the active one. A change that is not under way here changes nothing.
   * @param number of the agreement; 0: none
   * @param voterSet number of its set of voters
   */
  adopt(protocol: string, nowMs: number, number: bigint = 0n, voterSet: number = this.voterSet): void {
    const { temporary } = this.#index;
    if (temporary?.protocol !== protocol) return;
    this.#write({
      ...this.#running(this.#index, temporary.version, nowMs),
      temporary: null,
      agreed: this.#agreedOn('active', number),
      voterSet,
    });
  }

  /** What the cluster has agreed on without this node becomes the active one; a change under way here is over. @throws HeartwireError HW_STATE_DIRECTORY */
  adoptAgreed(number: bigint, version: number, config: ClusterConfig, nowMs: number, voterSet: number = this.voterSet): void {
    const kept = this.#keep(version, config, nowMs);
    this.#write({ ...this.#running(kept, version, nowMs), temporary: null, agreed: this.#agreedOn('active', number), voterSet });
  }

  /** The change was aborted: the active one stays, the temporary one goes. */
  discard(protocol: string): void {
    if (this.#index.temporary?.protocol === protocol) this.#write({ ...this.#index, temporary: null });
  }

  #agreedOn(what: 'default' | 'active', number: bigint): Index['agreed'] {
    if (number === 0n) return this.#index.agreed;
    const seen = number > this.agreed.seen ? number : this.agreed.seen;
    return { ...this.#index.agreed, [what]: String(number), seen: String(seen) };
  }

  #recordOf(version: number | null): VersionRecord | null {
    return this.#index.versions.find((record) => record.version === version) ?? null;
  }

  #fileOf(version: number): string {
    return join(this.#folder, `${version}.json`);
  }

  /** The file first: the index never names what is not on disk. A number that meant another configuration here has that meaning no more. */
  #keep(version: number, config: ClusterConfig, nowMs: number): Index {
    const text = `${JSON.stringify({ format: FORMAT, config })}\n`;
    const path = this.#fileOf(version);
    guarded(path, () => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      if (readIfThere(path) !== text) writeDurably(path, text);
    });
    const known = this.#recordOf(version);
    const checksums = checksumsOf(config);
    if (known !== null && sameChecksums(known, checksums)) return this.#index;
    const others = this.#index.versions.filter((other) => other.version !== version);
    const activated = this.#index.activated.filter((each) => each.version !== version);
    return { ...this.#index, versions: [...others, { version, ...checksums, madeAtMs: nowMs }], activated };
  }

  #running(index: Index, version: number, atMs: number): Index {
    if (index.active === version && index.activated.at(-1)?.version === version) return index;
    const { parameters = null } = index.activated.at(-1) ?? {};
    return { ...index, active: version, activated: [...index.activated, { version, atMs, parameters }].slice(-KEPT_MAX) };
  }

  /** Versions that nothing names any more go, files after the index. */
  #write(index: Index): void {
    const named = new Set([index.default, index.active, index.temporary?.version, ...index.activated.map(({ version }) => version)]);
    const kept = index.versions.filter(({ version }) => named.has(version));
    const gone = index.versions.filter(({ version }) => !named.has(version));
    const next = { ...index, versions: kept };
    if (JSON.stringify(next) === JSON.stringify(this.#index)) return;
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
