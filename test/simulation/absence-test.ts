// Members that are away for a while (V1-V7), with the engine that ships: and no other fault.
import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { runAbsence } from './absence.ts';
import { simulation } from './engine-port.ts';
import { optionsOf, optionsOfGaps } from './options.ts';
import { simulate } from './simulate.ts';

const SEEDS = 6;
const SEEDS_OF_GAPS = 4;
const SEEDS_OF_THE_BUG = 20;

describe('simulation: members that are away for a while', () => {
  it(`are never ejected, miss no operation, and give back and get back the seat, over ${SEEDS} seeds`, async () => {
    let absences = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation, lastLines, faults } = simulate({ ...optionsOf(seed), faults: ['absence'], livenessTimeoutMs: 0 });
      await turnOfTheLoop();
      absences += faults.absence ?? 0;
      assert.equal(violation, null, `absences, seed ${seed}: ${violation}\n${lastLines.slice(-40).join('\n')}`);
    }
    assert.ok(absences > SEEDS);
  });

  it(`do no harm when they are back from a pause without notice, over ${SEEDS_OF_GAPS} seeds (V1)`, async () => {
    let gaps = 0;
    for (let seed = 1; seed <= SEEDS_OF_GAPS; seed++) {
      const { violation, lastLines, faults } = simulate(optionsOfGaps(seed));
      await turnOfTheLoop();
      gaps += faults.gap ?? 0;
      assert.equal(violation, null, `gaps, seed ${seed}: ${violation}\n${lastLines.slice(-40).join('\n')}`);
    }
    assert.ok(gaps > SEEDS_OF_GAPS);
  });

  it('are caught when voters believe what a node that is back says of an old epoch', async () => {
    const bug = simulation.plantedBugs.indexOf('ignore the epoch');
    let isCaught = false;
    for (let seed = 1; seed <= SEEDS_OF_THE_BUG && !isCaught; seed++) {
      isCaught = simulate(optionsOfGaps(seed, bug)).violation?.includes('a node that is back does no harm') === true;
      await turnOfTheLoop();
    }
    assert.ok(isCaught);
  });

  for (const bug of ['time-out not raised', 'time-out not restored'] as const) {
    it(`catches the planted bug '${bug}', and nothing without it`, () => {
      assert.notEqual(runAbsence(bug).violation, null);
      assert.equal(runAbsence(null).violation, null);
    });
  }
});
