// C5 while something else happens: whoever becomes a member ends with what its manager knows then.
import assert from 'node:assert/strict';
import { onAcquired } from '../../../lib/protocol/election/office.ts';
import { connect } from '../../../lib/protocol/membership/incorporation.ts';
import { initial, step } from '../../../lib/protocol/node.ts';
import { copyOf } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import type { Message } from '../../../lib/protocol/membership/messages.ts';
import { configs, formed } from '../../model/support/begin.ts';

describe('protocol: incorporation', () => {
  it('tells a later epoch to a node that was assigned in the former one', () => {
    const model = formed({});
    let manager = new Turn(copyOf(model.nodes[0]?.state ?? assert.fail()), model.nowMs);
    const [, , config] = configs;
    assert.ok(config !== undefined && manager.state.role === 'manager');
    let joiner = step(initial(config, model.nowMs, 0n), { type: 'start' }, model.nowMs).state;
    const sent: Message[] = [];
    const takeSent = (): void => {
      for (const effect of manager.effects.splice(0)) if (effect.type === 'send' && effect.to === 3) sent.push(effect.message as Message);
    };
    /** All that is under way to the joiner arrives, in order; its answers are returned. */
    const deliver = (): Message[] =>
      sent.splice(0).flatMap((message) => {
        const next = step(joiner, { type: 'received', from: 1, boot: 1n, message }, model.nowMs);
        joiner = next.state;
        return next.effects.flatMap((effect) => (effect.type === 'send' && effect.to === 1 ? [effect.message as Message] : []));
      });
    const arrive = (answers: readonly Message[]): void => {
      for (const message of answers) {
        const next = step(manager.state, { type: 'received', from: 3, boot: 2n, message }, model.nowMs);
        manager = new Turn(copyOf(next.state), model.nowMs);
        manager.effects.push(...next.effects);
      }
      takeSent();
    };

    const member = manager.state.members.get(3) ?? assert.fail();
    connect(manager, member);
    takeSent();
    arrive(deliver()); // it is described, and assigned in epoch 1
    const epoch = manager.state.epoch + 1n;
    onAcquired(manager, epoch);
    takeSent();
    arrive(deliver()); // its beats are ready
    arrive(deliver());

    assert.equal(manager.state.members.get(3)?.phase, 'active');
    assert.deepEqual([joiner.role, joiner.manager, joiner.epoch], ['client', 1, epoch]);
  });
});
