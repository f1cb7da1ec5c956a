// Planned moves of management and groups, and announced pauses, while programs agree and nothing is wrong (C8, V4, V5): nobody
// notices more than a moment.
import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { movingMistakes } from './mistakes.ts';
import { optionsOfMoves } from './options.ts';
import { simulate } from './simulate.ts';

const SEEDS = 10;
const MISTAKE_SEEDS = 60;

describe('simulation: planned moves', () => {
  it(`send no member away, and every operation is done soon, over ${SEEDS} seeds`, async () => {
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

  for (const mistake of Object.keys(movingMistakes) as (keyof typeof movingMistakes)[])
    it(`catches the mistake '${mistake}': ${movingMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 1; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed++) {
        caught.push(simulate({ ...optionsOfMoves(seed), mistake }).violation);
        await turnOfTheLoop();
      }
      assert.match(caught.at(-1) ?? '', /planned moves interrupt nothing/);
    });
});
