// The outcome that a recovering manager may choose, tried on all standings that three participants can be in: what somebody
// may have found is never chosen otherwise, whichever majority answers.
import assert from 'node:assert/strict';
import { commit, type Operation } from '../../../lib/protocol/commit/commit.ts';
import { choose } from '../../../lib/protocol/rounds/choosing.ts';
import type { Opening, Outcome, Standing } from '../../../lib/protocol/rounds/state.ts';

const NODES = [1, 2, 3] as const;
const COORDINATOR = 3;
const why = { code: 'view', reason: 'node 3 is lost', culprit: 3 } as const;
const agreed: Outcome = { committed: true, code: 'agreed', reason: '', culprit: 0 };
const aborted: Outcome = { committed: false, ...why };
const majorities: readonly (readonly number[])[] = [[1, 2], [1, 3], [2, 3], NODES];

function opening(form: Operation['form']): Opening {
  return {
    number: (1n << 32n) | 1n,
    proposal: { node: COORDINATOR, boot: 1n, counter: 1 },
    kind: 'commit',
    body: { form, durable: false, name: 'x', data: null } satisfies Operation,
    participants: NODES.map((node) => ({ node, boot: 1n })),
    leftOut: [],
    timeoutMs: 1000,
  };
}

function standing(changes: Partial<Standing>): Standing {
  return { opening: null, acknowledged: 0, agreed: [], refused: [], accepted: null, outcome: null, ...changes };
}

function chosen(form: Operation['form'], standings: ReadonlyMap<number, Standing>, withheld = false): Outcome | null {
  const heard = { accounted: standings.size === 3, majority: standings.size >= 2, coordinator: standings.has(COORDINATOR), withheld };
  return choose(commit, opening(form), { standings, why }, heard);
}

describe('protocol: choosing an outcome', () => {
  it('three-phase: commits wherever somebody may have committed, aborts wherever somebody may have refused', () => {
    let tried = 0;
    for (const one of [0, 1, 2]) {
      for (const two of [0, 1, 2]) {
        for (const three of [0, 1, 2]) {
          const acknowledged = [one, two, three];
          // Nobody confirms before all have agreed.
          if (acknowledged.includes(2) && acknowledged.includes(0)) continue;
          for (const majority of majorities) {
            const heard = new Map(majority.map((node) => [node, standing({ acknowledged: acknowledged[node - 1] ?? 0 })] as const));
            const outcome = chosen('three-phase', heard);
            const mayHaveCommitted = acknowledged.every((rounds) => rounds === 2);
            const mayHaveRefused = acknowledged.includes(0);
            assert.notEqual(outcome, null, 'a majority never waits');
            if (mayHaveCommitted) assert.equal(outcome?.committed, true, `${acknowledged.join()} heard ${majority.join()}`);
            if (mayHaveRefused) assert.equal(outcome?.committed, false, `${acknowledged.join()} heard ${majority.join()}`);
            tried++;
          }
        }
      }
    }
    assert.ok(tried > 50);
  });

  it('takes what somebody has found, then what the latest ballot accepted', () => {
    const accepted = (ballot: bigint, outcome: Outcome): Standing => standing({ acknowledged: 1, accepted: { ballot, outcome } });
    const latest = new Map([
      [1, accepted(5n, aborted)],
      [2, accepted(7n, agreed)],
    ]);
    assert.deepEqual(chosen('three-phase', latest), agreed);
    assert.deepEqual(chosen('three-phase', new Map([...latest, [3, standing({ outcome: aborted })]])), aborted);
  });

  it('two-phase: waits for a lost coordinator whose vote nobody has heard', () => {
    const voted = standing({ acknowledged: 1, agreed: [1, 2] });
    const two = new Map([
      [1, voted],
      [2, voted],
    ]);
    assert.equal(chosen('two-phase', two), null);
    assert.deepEqual(chosen('two-phase', new Map([...two, [2, standing({ agreed: [1, 2, 3] })]])), agreed);
    assert.deepEqual(chosen('two-phase', new Map([...two, [2, standing({ refused: [2] })]])), aborted);
    assert.deepEqual(chosen('two-phase', new Map([...two, [3, standing({ agreed: [3] })]])), agreed, 'all votes are known together');
    const unsaid = new Map([1, 2].map((node) => [node, standing({ agreed: [1, 3] })] as const));
    assert.equal(chosen('two-phase', unsaid), null);
    assert.deepEqual(chosen('two-phase', unsaid, true), aborted, 'it will never have the vote of node 2');
    assert.deepEqual(
      chosen(
        'two-phase',
        new Map([
          [1, voted],
          [3, standing({})],
        ]),
      ),
      aborted,
      'it has not decided',
    );
  });
});
