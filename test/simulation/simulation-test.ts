// The simulator in the ordinary test run: many seeds must hold every invariant, a seed must repeat a run byte for byte,
// and every planted bug must be caught: a net that catches nothing proves nothing.
import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { answerMistakes } from './answers.ts';
import { simulation } from './engine-port.ts';
import { invariants } from './invariants/index.ts';
import { plantedRuns, runDirected, runPlanted } from './planted.ts';
import { GOING_MISTAKE, groupMistakes, mistakes, parameterMistakes, WRITE_MISTAKE } from './mistakes.ts';
import {
  optionsOf,
  optionsOfDisk,
  optionsOfFullDisks,
  optionsOfGroups,
  optionsOfParameters,
  optionsOfTwo,
  optionsOfWitness,
} from './options.ts';
import { simulate, simulateSeed } from './simulate.ts';

// `npm run simulate` runs as many as one likes; here they must fit beside the other suites.
const SEEDS = 50;
const SEEDS_OF_TWO = 25;
const SEEDS_OF_PARAMETERS = 20;
const SEEDS_OF_GROUPS = 5;
const SEEDS_OF_FULL_DISKS = 10;
const SEEDS_OF_A_WITNESS = 30;
const SEEDS_OF_A_DISK = 25;
/** Without the mistake all of them hold. */
const MISTAKE_SEEDS = 60;

describe('simulation', () => {
  it(`holds every invariant over ${SEEDS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = simulateSeed(seed);
      await turnOfTheLoop(); // engines that were collected are freed only then
      const again = `\n  again: npm run simulate -- --seed ${seed}\n${outcome.lastLines.slice(-40).join('\n')}`;
      assert.equal(outcome.violation, null, `seed ${seed}: ${outcome.violation}${again}`);
    }
  });

  it(`lets two nodes of the quorum none become one cluster again, over ${SEEDS_OF_TWO} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_TWO; seed++) {
      const { violation, lastLines } = simulate(optionsOfTwo(seed));
      await turnOfTheLoop();
      assert.equal(violation, null, `two nodes, seed ${seed}: ${violation}\n${lastLines.slice(-40).join('\n')}`);
    }
  });

  it(`holds every invariant for two nodes and a witness, over ${SEEDS_OF_A_WITNESS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_A_WITNESS; seed++) {
      const { violation, lastLines } = simulate(optionsOfWitness(seed));
      await turnOfTheLoop();
      const again = `\n  again: npm run simulate -- --cluster witness --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `witness, seed ${seed}: ${violation}${again}`);
    }
  });

  it(`holds every invariant for two nodes and a shared disk, over ${SEEDS_OF_A_DISK} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_A_DISK; seed++) {
      const { violation, lastLines } = simulate(optionsOfDisk(seed));
      await turnOfTheLoop();
      const again = `\n  again: npm run simulate -- --cluster disk --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `disk, seed ${seed}: ${violation}${again}`);
    }
  });

  it(`holds every invariant while parameters change, over ${SEEDS_OF_PARAMETERS} seeds (P1-P4)`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_PARAMETERS; seed++) {
      const { violation, lastLines } = simulate(optionsOfParameters(seed));
      await turnOfTheLoop();
      const again = `\n  again: npm run simulate -- --cluster parameters --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `parameters, seed ${seed}: ${violation}${again}`);
    }
  });

  it(`holds every invariant while disks are full now and then, over ${SEEDS_OF_FULL_DISKS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_FULL_DISKS; seed++) {
      const { violation, lastLines } = simulate(optionsOfFullDisks(seed));
      await turnOfTheLoop();
      const again = `\n  again: npm run simulate -- --cluster full-disks --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `full disks, seed ${seed}: ${violation}${again}`);
    }
  });

  it(`holds every invariant while groups come, go and change, over ${SEEDS_OF_GROUPS} seeds (R6, R8)`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_GROUPS; seed++) {
      const { violation, lastLines } = simulate(optionsOfGroups(seed));
      await turnOfTheLoop();
      const again = `\n  again: npm run simulate -- --cluster groups --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `groups, seed ${seed}: ${violation}${again}`);
    }
  });

  it('lets one of two nodes own with the shared disk, when the other is gone, for as long as it likes', () => {
    const changes = { nodes: 2, driftPpm: [1000, -1000], quorum: 'disk', diskLeaseUs: 2_000_000 } as const;
    const { violation } = runDirected(changes, (world) => {
      world.schedule.at(5e9, () => world.host(1).crash());
      for (let ms = 7000; ms < 20_000; ms += 100)
        world.schedule.at(ms * 1e6, () => {
          if (!world.host(2).answers()) world.violate('the survivor does not own the seat');
        });
    });
    assert.equal(violation, null);
  });

  it('lets a hundred nodes form one cluster, lose their manager, and take it back (C1)', () => {
    const changes = { nodes: 100, voters: 5, driftPpm: Array<number>(100).fill(0), faultPhaseMs: 10_000, healPhaseMs: 6000 };
    const { violation, takeovers } = runDirected(changes, (world) => {
      world.schedule.at(5e9, () => world.host(1).crash());
      world.schedule.at(8e9, () => world.host(1).start());
    });
    assert.equal(violation, null);
    assert.equal(takeovers, 3); // the second one takes a later epoch in place for the sake of the first, which has restarted
  });

  for (const mistake of Object.keys(mistakes) as (keyof typeof mistakes)[])
    it(`catches the mistake '${mistake}': ${mistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
        caught.push(simulate({ ...optionsOf(seed), mistake, operationEveryMs: 50, reconfigureEveryMs: 500 }).violation);
        await turnOfTheLoop();
      }
      assert.notEqual(caught.at(-1), null, `not caught in ${MISTAKE_SEEDS} seeds`);
    });

  for (const mistake of Object.keys(answerMistakes) as (keyof typeof answerMistakes)[])
    it(`catches the mistake '${mistake}': ${answerMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
        caught.push(simulate({ ...optionsOf(seed), mistake, operationEveryMs: 50, reconfigureEveryMs: 500 }).violation);
        await turnOfTheLoop();
      }
      assert.match(caught.at(-1) ?? '', /answers are true/);
    });

  for (const mistake of Object.keys(parameterMistakes) as (keyof typeof parameterMistakes)[])
    it(`catches the mistake '${mistake}': ${parameterMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
        caught.push(simulate({ ...optionsOfParameters(seed), mistake, parameterEveryMs: 500 }).violation);
        await turnOfTheLoop();
      }
      assert.notEqual(caught.at(-1), null, `not caught in ${MISTAKE_SEEDS} seeds`);
    });

  for (const mistake of Object.keys(groupMistakes) as (keyof typeof groupMistakes)[])
    it(`catches the mistake '${mistake}': ${groupMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
        caught.push(simulate({ ...optionsOfGroups(seed), mistake }).violation);
        await turnOfTheLoop();
      }
      assert.notEqual(caught.at(-1), null, `not caught in ${MISTAKE_SEEDS} seeds`);
    });

  it(`catches the mistake '${GOING_MISTAKE}': its manager gives it a group back again and again, while it hands over the last one`, async () => {
    const caught: (string | null)[] = [null];
    const changes = { faults: ['offline', 'leave'], faultEveryMs: 500, reconfigureEveryMs: 300, lossPerMille: 0 } as const;
    for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
      caught.push(simulate({ ...optionsOfGroups(seed), ...changes, mistake: GOING_MISTAKE }).violation);
      await turnOfTheLoop();
    }
    assert.match(caught.at(-1) ?? '', /no seat goes to and fro/);
  });

  it(`catches the mistake '${WRITE_MISTAKE}': what a majority should have written is on too few disks`, async () => {
    const caught: (string | null)[] = [null];
    for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
      caught.push(simulate({ ...optionsOfFullDisks(seed), mistake: WRITE_MISTAKE }).violation);
      await turnOfTheLoop();
    }
    assert.match(caught.at(-1) ?? '', /operations: /);
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

  it('has a directed run for every planted bug', () => {
    assert.deepEqual(plantedRuns.map((run) => run.bug).sort(), simulation.plantedBugs.slice(1).sort());
  });

  for (const run of plantedRuns) {
    it(`catches the planted bug '${run.bug}', and nothing without it`, () => {
      const broken = runPlanted(run, simulation.plantedBugs.indexOf(run.bug));
      assert.notEqual(broken.violation, null, `not caught\n${broken.lastLines.slice(-30).join('\n')}`);
      const sound = runPlanted(run, 0);
      assert.equal(sound.violation, null, `${sound.violation}\n${sound.lastLines.slice(-30).join('\n')}`);
    });
  }
});
