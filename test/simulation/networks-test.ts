// Networks and adapters that come and go (R5, R7), by the code of a real node (lib/runtime/link-changes.ts) over the engine that
// ships: among all faults, with crashes at the steps; and, where nothing else goes wrong, without anybody being taken for failed.
import assert from 'node:assert/strict';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type NetworkMistake, networkMistakes } from './mistakes.ts';
import { WIRES } from './network-texts.ts';
import { optionsOfNetworks } from './options.ts';
import { runDirected } from './planted.ts';
import { simulate } from './simulate.ts';
import type { World } from './world.ts';

const SEEDS = 8;

/** Six changes to and fro, each with an event loop or two that are late at its last step. */
function toAndFro(world: World): void {
  const texts = ['a/0,c/2', 'a/0,b/1', 'b/1,c/2,d/3', 'a/0,b/1', 'a/0,b/1,d/3', 'b/1,d/3'];
  for (const [index, networks] of texts.entries()) {
    const { administrator } = world.host(2).program;
    const at = (ms: number, run: () => void): void => world.schedule.at((5000 + 2500 * index + ms) * 1e6, run);
    at(0, () => administrator.edit(`10.0.0.100/24 networks=${networks}`));
    at(1000, () => administrator.apply(1000));
  }
}

/** One node is cut off while the others change: it learns of it when it is back. */
function awayMeanwhile(world: World): void {
  const { administrator } = world.host(2).program;
  const at = (ms: number, run: () => void): void => world.schedule.at(ms * 1e6, run);
  at(5000, () => administrator.edit('10.0.0.100/24 networks=a/0,c/2'));
  at(5500, () => {
    for (const other of [1, 2])
      for (let link = 0; link < WIRES; link++) {
        world.network.cut(3, other, link);
        world.network.cut(other, 3, link);
      }
  });
  for (const ms of [7000, 8500, 10_000]) at(ms, () => administrator.apply(1000));
  at(12_000, () => world.network.heal());
}

const CALM = {
  networksChange: true,
  links: WIRES,
  nicPolicy: 'first',
  reconfigureEveryMs: 1000,
  intervalUs: 10_000,
  timeoutUs: 50_000,
} as const;

describe('simulation: networks that come and go', () => {
  it(`holds every invariant, over ${SEEDS} seeds (R5, R7)`, async () => {
    let changes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation, lastLines, changesOfNetworks } = simulate(optionsOfNetworks(seed));
      await turnOfTheLoop();
      changes += changesOfNetworks;
      const again = `\n  again: npm run simulate -- --cluster networks --seed ${seed}\n${lastLines.slice(-40).join('\n')}`;
      assert.equal(violation, null, `networks, seed ${seed}: ${violation}${again}`);
    }
    assert.ok(changes > SEEDS / 2, `only ${changes} changes became active`);
  });

  it('takes nobody for failed because of a change, however late some follow it', () => {
    let changes = 0; // most end at once: a node votes no, or there is nothing to change from
    for (let seed = 1; seed <= 10; seed++) {
      const { violation, lastLines, changesOfNetworks } = runDirected({ ...CALM, seed }, toAndFro);
      changes += changesOfNetworks;
      assert.equal(violation, null, `${violation}\n${lastLines.slice(-30).join('\n')}`);
    }
    assert.ok(changes > 5, `only ${changes} changes became active`);
  });

  it('a node that was away follows when it is back', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const { violation, lastLines, changesOfNetworks } = runDirected({ ...CALM, lossPerMille: 1, seed }, awayMeanwhile);
      assert.equal(violation, null, `${violation}\n${lastLines.slice(-30).join('\n')}`);
      assert.equal(changesOfNetworks, 1);
    }
  });

  for (const mistake of Object.keys(networkMistakes) as NetworkMistake[])
    it(`catches the mistake '${mistake}': ${networkMistakes[mistake]}`, async () => {
      const caught: (string | null)[] = [null];
      const runs = [
        (seed: number) => runDirected({ ...CALM, seed, mistake }, toAndFro),
        (seed: number) => runDirected({ ...CALM, lossPerMille: 1, seed, mistake }, awayMeanwhile),
        (seed: number) => simulate({ ...optionsOfNetworks(seed), mistake }),
      ];
      for (let seed = 1; seed <= 40 && caught.at(-1) === null; seed++)
        for (const run of runs) {
          if (caught.at(-1) === null) caught.push(run(seed).violation);
          await turnOfTheLoop();
        }
      assert.notEqual(caught.at(-1), null, 'not caught');
    });
});
