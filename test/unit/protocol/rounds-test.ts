// One ACK round: who answered, who is awaited; and how many answers a majority is.
import assert from 'node:assert/strict';
import { answer, openRound, without } from '../../../lib/protocol/rounds/round.ts';
import { quorumOf } from '../../../lib/protocol/quorum.ts';

describe('protocol: rounds', () => {
  const round = openRound('a question', [1, 2, 3], 50);

  it('says who is awaited, and since when', () => {
    const later = answer(answer(round, 1, true), 2, false);
    assert.deepEqual(later, { name: 'a question', sinceMs: 50, yes: [1], no: [2], awaited: [3] });
    assert.deepEqual(round.awaited, [1, 2, 3], 'the round before is as it was');
  });

  it('counts nobody twice, and nobody who was not asked', () => {
    const once = answer(round, 1, true);
    assert.equal(answer(once, 1, false), once);
    assert.equal(answer(round, 9, true), round);
  });

  it('does not wait for who has left the view', () => assert.deepEqual(without(round, 2).awaited, [1, 3]));
});

describe('protocol: quorum', () => {
  it('is a majority of the configured voters, however many are there', () => {
    for (const [voters, needed] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
    ] as const) {
      assert.equal(quorumOf({ quorum: 'majority', voters: Array.from({ length: voters }, (_, index) => index + 1) }), needed);
    }
  });
  it('is one where the configuration risks a split', () => assert.equal(quorumOf({ quorum: 'none', voters: [1, 2] }), 1));
});
