// The simulator in the ordinary test run: many seeds must hold every invariant, a seed must repeat a run byte for byte,
// and every planted bug must be caught: a net that catches nothing proves nothing.
import assert from 'node:assert/strict';
import { simulation } from './engine-port.ts';
import { invariants } from './invariants/index.ts';
import { optionsOf } from './options.ts';
import { simulate, simulateSeed } from './simulate.ts';

const SEEDS = 200;
/** Seeds that a planted bug may take to be seen. */
const SEEDS_FOR_A_BUG = 120;

describe('simulation', () => {
  it(`holds every invariant over ${SEEDS} seeds`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = simulateSeed(seed);
      const again = `\n  again: npm run simulate -- --seed ${seed}\n${outcome.lastLines.slice(-40).join('\n')}`;
      assert.equal(outcome.violation, null, `seed ${seed}: ${outcome.violation}${again}`);
    }
  });

  it('repeats a run byte for byte from its seed', () => {
    for (const seed of [3, 8, 21]) {
      const first = simulateSeed(seed);
      const second = simulateSeed(seed);
      assert.equal(first.logHash, second.logHash, `seed ${seed}`);
      assert.equal(first.steps, second.steps, `seed ${seed}`);
    }
  });

  it('gives different runs for different seeds', () => {
    assert.notEqual(simulateSeed(1).logHash, simulateSeed(2).logHash);
  });

  it('names every invariant once', () => {
    assert.equal(new Set(invariants.map((invariant) => invariant.name)).size, invariants.length);
  });

  simulation.plantedBugs.forEach((name, number) => {
    if (number === 0) return;
    it(`catches the planted bug '${name}'`, () => {
      for (let seed = 1; seed <= SEEDS_FOR_A_BUG; seed++) {
        // Only safety counts here: the healing phase is left out, and faults come close together.
        const options = { ...optionsOf(seed, number), healPhaseMs: 0, faultEveryMs: 500 };
        if (simulate(options).violation !== null) return;
      }
      assert.fail(`not caught in ${SEEDS_FOR_A_BUG} seeds`);
    });
  });
});
