// Planned moves of management and groups, announced pauses, and members that die one at a time, while programs agree and nothing
// else is wrong (C8, V4, V5): nobody else notices more than a moment.
import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { movingMistakes, restartMistakes } from './mistakes.ts';
import { optionsOfMoves, optionsOfRestarts } from './options.ts';
import { restartRuns, runRestart } from './restarts.ts';
import { simulate } from './simulate.ts';

const SEEDS = 10;
const SEEDS_OF_RESTARTS = 20;
const MISTAKE_SEEDS = 60;

describe('simulation: operations go on', () => {
  it(`while management and groups move, and members are away as announced, over ${SEEDS} seeds`, async () => {
    let moves = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation, lastLines, takeovers } = simulate(optionsOfMoves(seed));
      await turnOfTheLoop();
      moves += takeovers;
      const again = `\n  again: npm run simulate -- --cluster moves --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `moves, seed ${seed}: ${violation}${again}`);
    }
    assert.ok(moves > 10 * SEEDS, `only ${moves} moves`);
  });

  it(`while members die, one at a time, and come back, over ${SEEDS_OF_RESTARTS} seeds`, async () => {
    for (let seed = 1; seed <= SEEDS_OF_RESTARTS; seed++) {
      const { violation, lastLines } = simulate(optionsOfRestarts(seed));
      await turnOfTheLoop();
      const again = `\n  again: npm run simulate -- --cluster restarts --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `restarts, seed ${seed}: ${violation}${again}`);
    }
  });

  for (const mistake of Object.keys(movingMistakes) as (keyof typeof movingMistakes)[])
    it(`catches the mistake '${mistake}': ${movingMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
        caught.push(simulate({ ...optionsOfMoves(seed), mistake }).violation);
        await turnOfTheLoop();
      }
      assert.match(caught.at(-1) ?? '', /operations go on/);
    });

  it('has a directed run for each mistake of restarts', () => {
    assert.deepEqual(
      Object.values(restartRuns).map(({ mistake }) => mistake),
      Object.keys(restartMistakes),
    );
  });

  for (const [title, { mistake, script }] of Object.entries(restartRuns)) {
    it(title, () => {
      const { violation, lastLines } = runRestart(script);
      assert.equal(violation, null, `${violation}\n${lastLines.slice(-30).join('\n')}`);
    });

    it(`catches the mistake '${mistake}'`, () => {
      assert.notEqual(runRestart(script, mistake).violation, null);
    });
  }
});
