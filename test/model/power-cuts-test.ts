// C17, below what crashes-test.ts can see: a node ends in the middle of SQLite's transactions, too, in a write, or by a power
// cut, while it carries out its part of a change of parameters. A process does that once; each call that changes its disk is
// written down, and the disk is made as it is after each of them. In each of these states the node finds all old values or all
// new ones, in force and in its files, and what it had said before it still knows.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameOf } from '../../lib/protocol/rounds/state.ts';
import { writeParameters } from '../../lib/runtime/parameter-file.ts';
import { sample } from '../unit/config/samples.ts';
import { type Call, callsIn, type End, ENDS, MARKS, putInto, TracedDisk } from './support/disk-images.ts';
import { CrashPoint, type Found, RealDisk } from './support/real-disk.ts';

const SOURCE = fileURLToPath(new URL('../../../test/model/support/disk_trace.cc', import.meta.url));
const PROCESS = fileURLToPath(new URL('support/traced-change.js', import.meta.url));
/** SQLite moves its log into its database when that has 1000 pages. */
const NEARLY_FULL_PAGES = 998;
const NODES = [
  ['the initiator', 3],
  ['a member', 2],
  ['the manager', 1],
] as const;

interface Seen {
  readonly isNew: boolean;
  readonly wrong: string | null;
}

/** @param said what the node could have told others before */
function wrongIn({ set, records, texts, noted }: Found, said: readonly string[]): string | null {
  const isNew = set.version !== 0n;
  const has = `it has the set ${nameOf(set.version)}`;
  if (texts.some((text) => text.includes('value: 48') !== isNew)) return `${has}, and its configurations say\n${texts.join('\n---\n')}`;
  if (noted !== nameOf(set.version)) return `${has}, and its history names ${noted}`;
  if (said.includes('voted') && !records.some(({ opening }) => opening.kind === 'parameters')) return 'it has forgotten its vote';
  return said.includes('decided') && !isNew ? `${has}, and has forgotten a decision that it may have told` : null;
}

describe('model: a crash within any write of a change of parameters (C17)', () => {
  let folder = '';
  let library = '';
  const known = new Map<string, Call[]>();

  before(() => {
    // The disk is made here, so what is under it needs not flush.
    folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'heartwire-power-'));
    library = join(folder, 'trace.so');
    const { status, stderr } = spawnSync('c++', ['-O1', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl'], { encoding: 'utf8' });
    assert.equal(status, 0, `it takes the C++ compiler that builds the addon: ${stderr}`);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  function callsOf(node: number, pages: number): Call[] {
    const calls = known.get(`${node} ${pages}`) ?? traceOf(node, pages);
    known.set(`${node} ${pages}`, calls);
    return calls;
  }

  function traceOf(node: number, pages: number): Call[] {
    const traced = mkdtempSync(join(folder, 'traced-'));
    const trace = `${traced}.trace`;
    const env = { ...process.env, LD_PRELOAD: library, HEARTWIRE_TRACED: traced, HEARTWIRE_TRACE: trace };
    const { signal, stderr } = spawnSync(process.execPath, [PROCESS, traced, `${node}`, `${pages}`], { env, encoding: 'utf8' });
    assert.equal(signal, 'SIGKILL', stderr);
    return callsIn(trace, traced);
  }

  let count = 0;
  function look(node: number, files: ReadonlyMap<string, Buffer>, said: readonly string[]): Seen {
    const place = join(folder, `${count++}`);
    mkdirSync(place);
    putInto(place, files);
    let disk: RealDisk | null = null;
    try {
      disk = new RealDisk(node, place, sample(), new CrashPoint(node, -1), writeParameters);
      const found = disk.look();
      return { isNew: found.set.version !== 0n, wrong: wrongIn(found, said) };
    } catch (error) {
      return { isNew: false, wrong: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    } finally {
      disk?.close();
      rmSync(place, { recursive: true, force: true });
    }
  }

  function assertWhole({ wrong, states, outcomes }: Sweep): void {
    assert.equal(wrong, null);
    assert.ok(states > 40 && outcomes.size === 2, `${states} states, with ${outcomes.size} outcomes`);
  }

  interface Sweep {
    readonly states: number;
    readonly outcomes: ReadonlySet<boolean>;
    readonly wrong: string | null;
  }

  function sweep(calls: readonly Call[], node: number, end: End): Sweep {
    const disk = new TracedDisk();
    const said: string[] = [];
    const outcomes = new Set<boolean>();
    let states = 0;
    for (const [index, call] of calls.entries()) {
      if (call.what === 'write' && call.paths[0] === MARKS) said.push(`${call.data}`.trim());
      else disk.apply(call);
      if (said.length === 0) continue;
      const { isNew, wrong } = look(node, disk.files(end, calls[index + 1]), said);
      states++;
      outcomes.add(isNew);
      if (wrong !== null)
        return {
          states,
          outcomes,
          wrong: `${end} after call ${index} (${call.what} ${call.paths.join(' ')}), said [${said.join()}]: ${wrong}`,
        };
    }
    assert.equal(said.at(-1), 'kept');
    return { states, outcomes, wrong: null };
  }

  for (const [who, node] of NODES)
    for (const end of ENDS)
      it(`${who}: ${end}, at any call: all old or all new`, () => {
        assertWhole(sweep(callsOf(node, 0), node, end));
      });

  it('a member whose log SQLite moves into its database meanwhile: the power fails, at any call', () => {
    const calls = callsOf(2, NEARLY_FULL_PAGES);
    const begins = calls.findIndex(({ paths }) => paths[0] === MARKS);
    assert.ok(
      calls.slice(begins).filter(({ what, paths }) => what === 'write' && paths[0] === 'decisions.db').length > 10,
      'it is not moved',
    );
    assertWhole(sweep(calls, 2, 'the power fails'));
  });

  for (const [what, end, spoils] of [
    ['what is written is not flushed', 'the power fails', ({ what, paths }) => what === 'sync' && paths[0] === 'decisions.db-wal'],
    ['a new file is not flushed', 'the power fails', ({ what, paths }) => what === 'sync' && paths[0]?.endsWith('.new') === true],
    ['its new name is not flushed', 'the power fails, and names are lost', ({ what, paths }) => what === 'sync' && paths[0] === ''],
  ] as readonly (readonly [string, End, (call: Call) => boolean])[])
    it(`finds it when ${what}`, () => {
      const calls = callsOf(2, 0).filter((call) => !spoils(call));
      assert.notEqual(sweep(calls, 2, end).wrong, null);
    });
});
