// An owner whose engine gives its seat up by itself: whoever of its standing orders manages next is no rival, in whatever order the
// owner hears of it all.
import assert from 'node:assert/strict';
import { onUnfit } from '../../../lib/protocol/membership/fitness.ts';
import { initial } from '../../../lib/protocol/node.ts';
import { type Member, newMember } from '../../../lib/protocol/membership/state.ts';
import { onNewManager } from '../../../lib/protocol/membership/succession.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { onHolder, onSeat } from '../../../lib/protocol/election/tenure.ts';
import { onGroupSeat, onGroupState, tellGroupState } from '../../../lib/protocol/resources/seat.ts';
import { openRound } from '../../../lib/protocol/rounds/round.ts';
import { optionsOf } from '../../simulation/options.ts';
import { protocolConfigFor } from '../../simulation/protocol-config.ts';
import { clusterOf } from '../../scenarios/support/cluster.ts';

/** Node 1 manages in epoch 1; 2 and 3 succeed it. */
function managing(): Turn {
  const configs = clusterOf([{ id: 1 }, { id: 2 }, { id: 3 }]);
  const [own, ...others] = configs;
  assert.ok(own);
  const turn = new Turn(initial(own, 0, 0n), 1000);
  const orders = { ordersId: 1n, baseEpoch: 1n, chain: [2, 3], round: openRound('orders', [1, 2, 3], 0) };
  Object.assign(turn.state, { role: 'manager', manager: 1, seat: 'owned', epoch: 1n, standby: 2, orders });
  for (const { self } of others) turn.state.members.set(self.node, { ...newMember(self, 0), phase: 'active', role: 'client' });
  return turn;
}

const published = ({ effects }: Turn): string[] => effects.flatMap((effect) => (effect.type === 'publish' ? [effect.event.event] : []));
const sent = ({ effects }: Turn): string[] =>
  effects.flatMap((effect) => (effect.type === 'send' ? [(effect.message as { kind: string }).kind] : []));

describe('protocol: an owner whose engine gives the seat up', () => {
  const unfit = (turn: Turn): void => onUnfit(turn, 'no-carrier', null);
  const released = (turn: Turn): void => onSeat(turn, 'released', 1n);
  const holder = (turn: Turn): void => onHolder(turn, 2, 2n);
  const newManager = (turn: Turn): void => {
    const manager = turn.state.members.get(2)?.description;
    assert.ok(manager);
    onNewManager(turn, 2, { kind: 'newManager', epoch: 2n, manager, activeNetwork: 'a', virtualAddresses: [], changing: null });
  };

  for (const [order, steps] of [
    ['the release, the owner, the manager', [unfit, released, holder, newManager]],
    ['the owner, the release, the manager', [unfit, holder, released, newManager]],
    ['the manager before all else', [unfit, newManager, holder]],
  ] as const)
    it(`hears of ${order}: it follows`, () => {
      const turn = managing();
      for (const step of steps) step(turn);
      assert.deepEqual([turn.state.role, turn.state.manager, turn.state.epoch, turn.state.pending], ['client', 2, 2n, null]);
      assert.ok(!published(turn).includes('split-brain'));
      assert.ok(!sent(turn).includes('goUnmanaged'), 'nobody is sent away');
    });

  it('takes another manager for a rival where its engine has not given anything up', () => {
    const turn = managing();
    newManager(turn);
    assert.ok(published(turn).includes('split-brain'));
  });

  it('of a group does not call itself the owner in the epoch of the next one', () => {
    const turn = new Turn(initial(protocolConfigFor({ ...optionsOf(1), nodes: 3, groups: 1 }, 1), 0, 0n), 1000);
    for (const node of [2, 3]) turn.state.members.set(node, { node, phase: 'active', boot: 1n } as Member);
    const [group] = turn.state.groups.values();
    assert.ok(group);
    Object.assign(group, { holder: 1, epoch: 4n, owns: 'owned' });
    const { seat } = group.config;
    onGroupState(turn, 2, group, { kind: 'groupState', seat, owns: 'owned', epoch: 5n, refused: 0n, failed: false });
    tellGroupState(turn, group);
    const told = turn.effects.flatMap((effect) => (effect.type === 'send' ? [(effect.message as { owns?: string }).owns] : []));
    assert.ok(!told.includes('owned'));
    onGroupSeat(turn, group, 'released', 4n);
    assert.deepEqual([group.holder, group.epoch, group.owns], [2, 5n, 'none']);
  });

  it('goes on where nothing comes of it', () => {
    const turn = managing();
    unfit(turn);
    onSeat(turn, 'released', 0n);
    assert.deepEqual([turn.state.role, turn.state.pending], ['manager', null]);
  });
});
