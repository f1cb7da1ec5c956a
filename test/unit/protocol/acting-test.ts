// V4: who acts for a manager that announces its pause: the standby, and where there is none the eligible node with the lowest member
// id, not the one with the lowest node id, nor the one that is asked to be the next standby just now.
import assert from 'node:assert/strict';
import { onInactiveNoted, pause } from '../../../lib/protocol/inactivity/pausing.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import type { NodeId } from '../../../lib/protocol/types.ts';
import { formed } from '../../model/support/begin.ts';

/** Of a formed cluster in which node 3 became a member before node 2: node 1 manages. */
function turnOfManager(standby: NodeId | null): Turn {
  const model = formed({});
  const state = model.nodes[0]?.state ?? null;
  assert.ok(state?.role === 'manager');
  const turn = new Turn(copyOf(state), model.nowMs);
  for (const [node, memberId] of [
    [2, 3],
    [3, 2],
  ] as const) {
    const member = turn.state.members.get(node);
    assert.ok(member !== undefined);
    turn.state.members.set(node, { ...member, memberId });
  }
  turn.state.standby = standby;
  return turn;
}

/** Whom it hands management over to once all have noted its pause. */
function movesTo(turn: Turn): NodeId | null {
  pause(turn, 7, { name: 'pause', forMs: 30_000, reason: 'migration-out', responseMs: 0, policy: 'move' });
  for (const node of [2, 3]) onInactiveNoted(turn, node);
  return turn.state.pending?.kind === 'move' ? turn.state.pending.target : null;
}

describe('protocol: who acts for a manager that is away (V4)', () => {
  it('is the standby', () => {
    assert.equal(movesTo(turnOfManager(2)), 2);
    assert.equal(movesTo(turnOfManager(3)), 3);
  });

  it('is the eligible node with the lowest member id where there is no standby, whichever is to become it', () => {
    const turn = turnOfManager(null);
    turn.state.standbyPending = { node: 2, sinceMs: turn.nowMs, deadlineMs: turn.nowMs + 1000 };
    assert.equal(movesTo(turn), 3);
    assert.equal(turn.state.absence?.stage, 'handingOver');
  });

  it('is another one where that one may not manage', () => {
    const turn = turnOfManager(null);
    const member = turn.state.members.get(3);
    assert.ok(member !== undefined);
    turn.state.members.set(3, { ...member, description: { ...member.description, mayManage: false } });
    assert.equal(movesTo(turn), 2);
  });
});
