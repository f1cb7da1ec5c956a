// C17: a change of parameters is written into the active and the default configuration of every node; and one node, the
// initiator, a member or the manager, crashes before or after each step that it does on its disk, and starts anew from what is
// there: at once, or when the others have found it to be lost. The protocols of three nodes are the real ones (support/drive.ts), and so is all
// that is written (support/real-disk.ts). In the end all have the old values or all have the new ones, in force and in their
// files, and the initiator was told the truth.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { step } from '../../lib/protocol/node.ts';
import type { ParameterChange } from '../../lib/protocol/parameters/parameters.ts';
import { nameOf } from '../../lib/protocol/rounds/state.ts';
import type { NodeId } from '../../lib/protocol/types.ts';
import { writeParameters } from '../../lib/runtime/parameter-file.ts';
import { stepWith } from '../simulation/mistakes.ts';
import { sample } from '../unit/config/samples.ts';
import { crash } from './support/actions.ts';
import { configs, formed } from './support/begin.ts';
import { feed, start } from './support/drive.ts';
import { branch, type Model, nodeOf } from './support/model.ts';
import { CrashPoint, RealDisk, written } from './support/real-disk.ts';
import { settling, unhealed } from './support/settle.ts';
import { brokenOf } from './support/takings.ts';

const NODES: readonly NodeId[] = [1, 2, 3];
const INITIATOR = 3;
const change: ParameterChange = { base: 0n, wishes: [{ name: 'messages.send_window', node: null, pair: null, value: 48 }] };

interface Ways {
  readonly comesBack: 'at once' | 'when noticed';
  readonly step: Model['step'];
  readonly keep: typeof writeParameters;
}

interface Run {
  readonly wrong: string | null;
  readonly isNew: boolean;
  /** False: there was no such step any more. */
  readonly hasCrashed: boolean;
}

class Cluster {
  readonly #disks: ReadonlyMap<NodeId, RealDisk>;
  readonly #crash: CrashPoint;
  readonly #ways: Ways;
  #model: Model;

  constructor(folder: string, point: CrashPoint, ways: Ways) {
    this.#crash = point;
    this.#ways = ways;
    const diskOf = (node: NodeId): RealDisk => {
      const directory = join(folder, String(node));
      mkdirSync(directory, { recursive: true });
      return new RealDisk(node, directory, sample(), point, ways.keep);
    };
    this.#disks = new Map(NODES.map((node) => [node, diskOf(node)]));
    this.#model = { ...branch(formed({})), step: this.#step };
  }

  /** What a node does before it crashes it has done; nobody hears of what comes after. */
  readonly #step: Model['step'] = (state, event, nowMs) => {
    const { node } = state.self;
    if (this.#isCrashing(node)) return { state, effects: [] };
    const { state: next, effects } = this.#ways.step(state, event, nowMs);
    const end = effects.findIndex((effect) => this.#disks.get(node)?.carryOut(effect) === false);
    return { state: next, effects: end < 0 ? effects : effects.slice(0, end) };
  };

  #hasRestarted = false;
  #isCrashing(node: NodeId): boolean {
    return this.#crash.hasCome && this.#crash.node === node && !this.#hasRestarted;
  }

  async run(): Promise<Run> {
    this.#crash.armed = true;
    const model = branch(this.#model);
    feed(model, INITIATOR, { type: 'command', id: 0, command: { name: 'propose', kind: 'parameters', body: change, timeoutMs: 10_000 } });
    this.#model = model;
    await this.#settle();
    if (this.#crash.hasCome && !this.#hasRestarted) await this.#restart();
    await this.#settle();
    await written();
    const hasCrashed = this.#crash.hasCome;
    return { wrong: this.#wrong(), isNew: this.#model.nodes[0]?.state?.parameters.version !== 0n, hasCrashed };
  }

  async #settle(): Promise<void> {
    const way = settling(this.#model, configs);
    let result = way.next();
    while (result.done !== true) {
      this.#model = result.value;
      const replaced = await this.#afterStep();
      result = way.next(replaced ? this.#model : undefined);
    }
    this.#model = result.value;
  }

  async #afterStep(): Promise<boolean> {
    const { node } = this.#crash;
    if (!this.#isCrashing(node) || !nodeOf(this.#model, node).running) return false;
    this.#model = branch(this.#model);
    crash(this.#model, node);
    if (this.#ways.comesBack === 'at once') await this.#restart();
    return true;
  }

  async #restart(): Promise<void> {
    const { node } = this.#crash;
    const found = await this.#disks.get(node)?.restart();
    const config = configs[NODES.indexOf(node)];
    assert.ok(found !== undefined && config !== undefined);
    this.#model = branch(this.#model);
    const { set, records } = found;
    Object.assign(nodeOf(this.#model, node), {
      records: new Map(records.map((record) => [record.opening.number, record])),
      parameters: { kept: set, applied: set },
    });
    this.#hasRestarted = true;
    start(this.#model, config);
  }

  #wrong(): string | null {
    const seen = NODES.map((node) => {
      const { state, parameters } = nodeOf(this.#model, node);
      const found = this.#disks.get(node)?.look();
      const inForce = state?.parameters.version ?? -1n;
      const versions = { inForce, applied: parameters.applied.version, onDisk: found?.set.version };
      const words = Object.values(versions).map((version) => (version === undefined ? 'none' : nameOf(version)));
      if (new Set(words).size > 1) return { node, what: `in force, applied, on disk: ${words.join(', ')}` };
      if (found?.noted !== words[0]) return { node, what: `its history names ${found?.noted}, and it has ${words[0]}` };
      if (found?.texts.some((text) => text.includes('value: 48') !== inForce > 0n) !== false)
        return { node, what: `it has ${words[0]}, and its configurations say\n${found?.texts.join('\n---\n')}` };
      return { node: 0, what: `${words[0]} ${found.texts.join('\n---\n')}` };
    });
    const odd = seen.find(({ node, what }) => node !== 0 || what !== seen[0]?.what);
    return (
      this.#model.violation ??
      brokenOf(this.#model) ??
      unhealed(this.#model) ??
      (odd === undefined ? null : `node ${odd.node}: ${odd.what}`)
    );
  }

  close(): void {
    for (const disk of this.#disks.values()) disk.close();
  }
}

async function crashAt(node: NodeId, at: number, ways: Ways): Promise<Run & { readonly steps: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'heartwire-crashes-'));
  const point = new CrashPoint(node, at);
  const cluster = new Cluster(folder, point, ways);
  try {
    return { ...(await cluster.run()), steps: point.steps };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error), isNew: false, hasCrashed: true, steps: point.steps };
  } finally {
    cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every step, until there is none left to crash at. */
async function allOf(
  node: NodeId,
  ways: Ways,
): Promise<{ readonly wrong: string | null; readonly outcomes: Set<boolean>; readonly points: number }> {
  const outcomes = new Set<boolean>();
  for (let at = 0; ; at++) {
    const { wrong, isNew, hasCrashed, steps } = await crashAt(node, at, ways);
    if (wrong !== null) return { wrong: `a crash of node ${node} after [${steps.join(', ')}]: ${wrong}`, outcomes, points: at };
    if (!hasCrashed) return { wrong: null, outcomes, points: at };
    outcomes.add(isNew);
  }
}

const TIMES = ['at once', 'when noticed'] as const;
const WHO: readonly (readonly [string, NodeId])[] = [
  ['the initiator', INITIATOR],
  ['a member', 2],
  ['the manager', 1],
];
const right: Omit<Ways, 'comesBack'> = { step, keep: writeParameters };

describe('model: a crash at each step of a change of parameters (C17)', () => {
  for (const [who, node] of WHO) {
    for (const comesBack of TIMES) {
      it(`${who}, which comes back ${comesBack}: all old or all new, and one configuration everywhere`, async () => {
        const { wrong, points, outcomes } = await allOf(node, { ...right, comesBack });
        assert.equal(wrong, null);
        assert.ok(points > 12, `only ${points} steps`);
        assert.ok(outcomes.has(true), 'it never comes to anything');
        assert.ok(node !== INITIATOR || outcomes.has(false), 'none ended before it was begun');
      });
    }
  }

  it('finds it when a file is written over in place', async () => {
    const keep: typeof writeParameters = (directory, { version, settings }) => {
      writeFileSync(join(directory, 'parameters.json'), '{"version":');
      writeFileSync(join(directory, 'parameters.json'), JSON.stringify({ version: String(version), settings }));
    };
    const { wrong } = await allOf(2, { ...right, comesBack: 'when noticed', keep });
    assert.match(wrong ?? '', /JSON/);
  });

  it('finds it when a recovery always aborts', async () => {
    const spoilt: Model['step'] = (state, event, nowMs) => stepWith('a recovery always aborts', state, event, nowMs);
    const { wrong } = await allOf(INITIATOR, { ...right, comesBack: 'when noticed', step: spoilt });
    assert.notEqual(wrong, null);
  });
});
