// Two of three voters start anew in the middle of a change, while the third owns a group and hears nothing of them: what they had
// promised it is forgotten, so only their silence after the start keeps them from giving its seat to somebody else
// (safety.md, 'Leases' 5). Too many orders for a walk: this goes in one order, and sweeps the two moments.
import assert from 'node:assert/strict';
import { step } from '../../lib/protocol/node.ts';
import { RECONFIGURE } from '../../lib/protocol/reconfiguration/reconfigure.ts';
import type { NodeId } from '../../lib/protocol/types.ts';
import { type Action, actionsOf, after, crash } from './support/actions.ts';
import { beginning, unfinished } from './support/changes.ts';
import { start } from './support/drive.ts';
import { Memory } from './support/memory.ts';
import { branch, type Model } from './support/model.ts';
import { ownershipBroken } from './support/ownership.ts';
import { speak } from './support/silence.ts';
import { brokenOf } from './support/takings.ts';

const ORDER = ['vote', 'deliver', 'hear', 'commandsOff', 'nodeDown', 'nodeUp', 'expire', 'speak', 'regain', 'ask', 'ungranted', 'tick'];
/** An owner counts what it was granted for as long as that can be: until somebody is silent for its sake, and then for a lease. */
const LEASE_MS = 1000;
const STEPS_MAX = 1500;
/** For so long the third one hears nothing: long enough for a new manager to give its group to somebody else. */
const CUT_MS = 8000;
/** Between two moments that are tried. */
const STRIDE = 3;
const MOMENTS_MIN = 15;
const OWNED_TWICE = /own the seat|is of node/;

const ONE = '10.1.0.100/24';
/** Node 2 owns the group, and node 3. */
const OF_2 = `${ONE} 1:2,3,1 1@10.1.0.101/24`;
const OF_3 = `${ONE} 1:3,2,1 1@10.1.0.101/24`;
const NONE = `${ONE} 10.1.0.101/24`;

/** Of those; each so manyth goes on until all is healed. */
const HEALED_EACH = 15;

interface Way {
  readonly from: string;
  readonly to: string;
  /** Who start anew; the first one after so many steps. */
  readonly restart: readonly [NodeId, NodeId];
  readonly gap: number;
  /** As if voters spoke at once after a start. */
  readonly isLoud: boolean;
}

class Run {
  readonly #way: Way;
  readonly #bounds: Parameters<typeof beginning>[0];
  readonly #beginning: ReturnType<typeof beginning>;
  readonly #vain = new Set<string>();
  #model: Model;
  #isCut = false;
  #cutMs = 0;
  steps = 0;
  wrong: string | null = null;

  constructor(way: Way, by: Model['step']) {
    this.#way = way;
    const { from, to } = way;
    this.#bounds = { changes: [{ at: 3, what: 'reconfigure' }], from, to, faults: {}, statesMax: 0, endsEach: 1 };
    this.#beginning = beginning(this.#bounds);
    this.#model = this.#beginning.begin(by);
  }

  #mayLapse(): boolean {
    return this.#model.nowMs > this.#cutMs + LEASE_MS && this.#model.nodes.some(({ promises }) => promises.length > 0);
  }

  /** @returns what is wrong, or whether the change went on until then */
  at(steps: number): string | boolean {
    const [first, second] = this.#way.restart;
    this.#go(steps);
    const isUnderWay = this.#model.nodes.some(({ state }) => state?.rounds.ended.every(({ opening }) => opening.kind !== RECONFIGURE));
    this.#again(first);
    this.#go(this.#way.gap);
    this.#again(second);
    this.#isCut = true;
    this.#cutMs = this.#model.nowMs;
    const untilMs = this.#model.nowMs + CUT_MS;
    while (this.wrong === null && this.#model.nowMs < untilMs && this.#go(1));
    this.#isCut = false;
    return this.wrong ?? (steps % HEALED_EACH === 0 ? unfinished(this.#model, this.#bounds, this.#beginning.configs) : null) ?? isUnderWay;
  }

  #again(id: NodeId): void {
    this.#change((model) => {
      crash(model, id);
      const config = this.#beginning.configs[id - 1];
      if (config !== undefined) start(model, config);
      if (this.#way.isLoud) speak(model, id);
    });
  }

  #change(by: (model: Model) => void): void {
    this.#model = branch(this.#model);
    by(this.#model);
    this.#look();
  }

  #look(): void {
    this.wrong ??= this.#model.violation ?? ownershipBroken(this.#model) ?? brokenOf(this.#model);
  }

  /** @returns false: nothing more can happen */
  #go(steps: number): boolean {
    for (let done = 0; done < steps && this.wrong === null; done++) {
      assert.ok(this.steps++ < STEPS_MAX, 'it goes on for ever');
      const next = this.#next();
      if (next === undefined) return false;
      this.#model = after(this.#model, next);
      this.#look();
    }
    return true;
  }

  #next(): Action | undefined {
    const all = actionsOf(this.#model, this.#beginning.configs).filter(({ name }) => !this.#vain.has(name) && !this.#isHeldBack(name));
    const first = ORDER.map((kind) => all.find(({ name }) => name.startsWith(`${kind} `))).find(Boolean);
    if (first?.name.startsWith('ask') === true || first?.name.startsWith('regain') === true) this.#vain.add(first.name);
    if (first?.name.startsWith('tick') === true) this.#vain.clear();
    return first;
  }

  #isHeldBack(name: string): boolean {
    if (!this.#isCut) return false;
    if (name.startsWith('ungranted')) return !this.#mayLapse();
    const third = [1, 2, 3].find((id) => !this.#way.restart.includes(id));
    return new RegExp(`^(deliver|hear) (${third}>|\\d>${third}$)|^node(Up|Down) (${third} at|\\d at ${third})`).test(name);
  }
}

/** @returns what is wrong, or at how many moments of the change it was tried */
function swept(way: Way): string | number {
  const by = new Memory(step).step;
  for (let moments = 0; ; moments++) {
    const result = new Run(way, by).at(STRIDE * moments);
    if (typeof result === 'string') return `after ${STRIDE * moments} steps: ${result}`;
    if (!result) return moments;
  }
}

const WAYS: readonly (readonly [string, Omit<Way, 'isLoud'>])[] = [
  ['its group gets another owner', { from: OF_2, to: OF_3, restart: [1, 3], gap: 0 }],
  ['its group gets another owner, one after the other', { from: OF_3, to: OF_2, restart: [2, 1], gap: 4 }],
  ['its group goes', { from: OF_2, to: NONE, restart: [3, 1], gap: 1 }],
  ['its group goes, one well after the other', { from: OF_3, to: NONE, restart: [1, 2], gap: 12 }],
  ['a group comes to it', { from: NONE, to: OF_2, restart: [1, 3], gap: 1 }],
  ['a group comes, and it manages', { from: NONE, to: OF_2, restart: [2, 3], gap: 1 }],
];

describe('model: two voters restart in one change', () => {
  for (const [what, way] of WAYS) {
    it(`R6: ${what}: never two owners, at ${MOMENTS_MIN} moments or more`, () => {
      const result = swept({ ...way, isLoud: false });
      assert.equal(typeof result === 'string' ? result : null, null);
      assert.ok(Number(result) >= MOMENTS_MIN, `only ${result} moments`);
    });
    // Of one that comes the third has nothing yet.
    if (way.from !== NONE || !way.restart.includes(1))
      it(`finds it when they are not silent after the start: ${what}`, () => {
        assert.match(String(swept({ ...way, isLoud: true })), OWNED_TWICE);
      });
  }
});
