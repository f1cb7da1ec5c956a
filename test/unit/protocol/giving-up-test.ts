// A successor that cannot win any more gives up, and those that waited for it do, too (C10): an election is quicker than the five
// time-outs that a successor is given.
import assert from 'node:assert/strict';
import { onAnnounced } from '../../../lib/protocol/membership/discovery.ts';
import { considerOrphaned, onNodeDown } from '../../../lib/protocol/membership/failures.ts';
import { onResigning } from '../../../lib/protocol/membership/handover.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { onRefused } from '../../../lib/protocol/election/tenure.ts';
import { formed } from '../../model/support/begin.ts';

/** Of a formed cluster: node 1 manages, node 2 stands by. */
function turnAt(node: number): Turn {
  const model = formed({});
  const state = model.nodes[node - 1]?.state ?? null;
  assert.ok(state !== null);
  return new Turn(copyOf(state), model.nowMs);
}

function roleAfter(turn: Turn): string {
  considerOrphaned(turn);
  return turn.state.role;
}

describe('protocol: a successor that cannot win', () => {
  it('gives up where those that refuse it for good and the dead manager leave it no majority', () => {
    const turn = turnAt(2);
    onNodeDown(turn, 1);
    assert.equal(roleAfter(turn), 'standby', 'the third may still vote for it');
    onRefused(turn, 3, 'quiet', 16n);
    assert.equal(roleAfter(turn), 'standby', 'refused for now');
    onRefused(turn, 3, 'epoch_old', 16n);
    assert.equal(roleAfter(turn), 'unmanaged');
  });

  it('does not where its manager is there', () => {
    const turn = turnAt(2);
    onRefused(turn, 3, 'epoch_old', 16n);
    assert.equal(roleAfter(turn), 'standby');
  });

  it('does where its manager has left, and is still heard', () => {
    const turn = turnAt(2);
    onResigning(turn, 1, 2, true);
    onRefused(turn, 3, 'epoch_old', 16n);
    assert.equal(roleAfter(turn), 'unmanaged');
  });

  it('is not waited for by a client that hears it seek a manager, once its own is gone', () => {
    const turn = turnAt(3);
    const announcement = { ...turnAt(2).announcement(), role: 'unmanaged' } as const;
    onAnnounced(turn, 2, 1n, announcement);
    assert.deepEqual([roleAfter(turn), turn.state.standby], ['client', 2], 'its manager is there, and this may be old');
    onNodeDown(turn, 1);
    assert.equal(roleAfter(turn), 'client');
    onAnnounced(turn, 2, 1n, announcement);
    assert.equal(roleAfter(turn), 'unmanaged');
  });
});
