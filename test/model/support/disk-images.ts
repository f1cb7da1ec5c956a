// What is on a disk after each call that a process made (disk_trace.cc): as it is when the process ends there, when it ends in
// the middle of a write, and after a power cut, which loses what was not flushed: bytes of a file, and names of a folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Call {
  readonly what: string;
  readonly offset: number;
  readonly data: Buffer;
  /** Within the folder; of a rename the second one is what it is called from then on. */
  readonly paths: readonly string[];
}

export const ENDS = ['the process ends', 'it ends half-way in a write', 'the power fails', 'the power fails, and names are lost'] as const;
export type End = (typeof ENDS)[number];

/** SQLite makes it anew when it is opened; it is shared memory, and no call shows what is in it. */
const NOT_KEPT = /-shm$/;
export const MARKS = 'marks';

export function callsIn(trace: string, folder: string): Call[] {
  const bytes = readFileSync(trace);
  const calls: Call[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\n', at);
    const [what = '', offset, size, ...rest] = bytes.toString('utf8', at, end).split(' ');
    const from = end + 1;
    at = from + Number(size);
    const paths = rest.join(' ').split('\t');
    calls.push({ what, offset: Number(offset), data: bytes.subarray(from, at), paths: paths.map((path) => path.slice(folder.length + 1)) });
  }
  return calls;
}

/** Bytes that are written over and grow, without a copy each time. */
class Bytes {
  #all = Buffer.alloc(4096);
  #length = 0;

  get view(): Buffer {
    return this.#all.subarray(0, this.#length);
  }

  resize(length: number): void {
    if (length > this.#all.length) this.#all = Buffer.concat([this.#all], 2 * length);
    this.#all.fill(0, Math.min(length, this.#length), Math.max(length, this.#length));
    this.#length = length;
  }

  write(offset: number, data: Buffer): void {
    if (offset + data.length > this.#length) this.resize(offset + data.length);
    data.copy(this.#all, offset);
  }
}

/** One file, whatever it is called; what it lacks of the flushes is done again by the next one. */
class Contents {
  readonly now = new Bytes();
  readonly flushed = new Bytes();
  #waiting: ((bytes: Bytes) => void)[] = [];

  change(by: (bytes: Bytes) => void): void {
    by(this.now);
    this.#waiting.push(by);
  }

  flush(): void {
    for (const by of this.#waiting.splice(0)) by(this.flushed);
  }
}

const NONE = Buffer.alloc(0);

export class TracedDisk {
  #names = new Map<string, Contents>();
  #flushedNames = new Map<string, Contents>();

  apply({ what, offset, data, paths: [path = '', other = ''] }: Call): void {
    const file = this.#names.get(path);
    if (what === 'make' || what === 'empty') {
      const made = file ?? new Contents();
      this.#names.set(path, made);
      if (what === 'empty') made.change((bytes) => bytes.resize(0));
    } else if (what === 'sync') {
      if (file === undefined) this.#flushFolder(path);
      else file.flush();
    } else if (what === 'rename' || what === 'remove') {
      this.#names.delete(path);
      if (what === 'rename' && file !== undefined) this.#names.set(other, file);
    } else file?.change((bytes) => (what === 'truncate' ? bytes.resize(offset) : bytes.write(offset, data)));
  }

  #flushFolder(path: string): void {
    const isIn = (name: string): boolean => (dirname(name) === '.' ? '' : dirname(name)) === path;
    for (const name of [...this.#flushedNames.keys()].filter(isIn)) this.#flushedNames.delete(name);
    for (const [name, file] of this.#names) if (isIn(name)) this.#flushedNames.set(name, file);
  }

  /** @param next the call in which it ends */
  files(end: End, next: Call | undefined): Map<string, Buffer> {
    const names = end === 'the power fails, and names are lost' ? this.#flushedNames : this.#names;
    const isCut = end === 'the power fails' || names === this.#flushedNames;
    const all = new Map([...names].map(([name, { now, flushed }]) => [name, isCut ? flushed.view : now.view]));
    const [path = ''] = next?.paths ?? [];
    if (end === 'it ends half-way in a write' && next?.what === 'write') {
      const torn = new Bytes();
      torn.write(0, all.get(path) ?? NONE);
      torn.write(next.offset, next.data.subarray(0, next.data.length >> 1));
      all.set(path, torn.view);
    }
    for (const name of all.keys()) if (NOT_KEPT.test(name) || name === MARKS) all.delete(name);
    return all;
  }
}

export function putInto(folder: string, files: ReadonlyMap<string, Buffer>): void {
  for (const [name, data] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), data);
  }
}
