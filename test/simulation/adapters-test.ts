// Two adapters of each node on the network of the addresses (R9, X3), one of which dies, falls silent, is deaf or mute: alone, when
// no seat may change hands and the addresses must be where they are reached; and among all faults.
import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { adapterMistakes } from './mistakes.ts';
import { optionsOfAdapters } from './options.ts';
import { simulate } from './simulate.ts';

const SEEDS = 10;
/** Without the mistake all of them hold. */
const MISTAKE_SEEDS = 20;

describe('simulation: two adapters on a network', () => {
  it(`holds every invariant, over ${SEEDS} seeds (R9, X3)`, async () => {
    let moves = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation, lastLines, adapterMoves } = simulate(optionsOfAdapters(seed));
      await turnOfTheLoop(); // engines that were collected are freed only then
      moves += adapterMoves;
      const again = `\n  again: npm run simulate -- --cluster adapters --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `adapters, seed ${seed}: ${violation}${again}`);
    }
    assert.ok(moves > SEEDS, `addresses moved only ${moves} times`);
  });

  for (const mistake of Object.keys(adapterMistakes) as (keyof typeof adapterMistakes)[])
    it(`catches the mistake '${mistake}': ${adapterMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      for (let seed = 2; seed <= MISTAKE_SEEDS && caught.at(-1) === null; seed += 2) {
        caught.push(simulate({ ...optionsOfAdapters(seed), mistake }).violation);
        await turnOfTheLoop();
      }
      assert.match(caught.at(-1) ?? '', /^[0-9.]+ ms: adapter before node: /);
    });
});
