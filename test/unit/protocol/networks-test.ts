// What the protocols of a node know of its networks follows the configuration that runs (R5), and no more than that.
import assert from 'node:assert/strict';
import { onAdapters } from '../../../lib/protocol/membership/fitness.ts';
import type { NodeState } from '../../../lib/protocol/membership/state.ts';
import { Turn } from '../../../lib/protocol/membership/turn.ts';
import { networksRefusal, useNetworks } from '../../../lib/protocol/reconfiguration/networks.ts';
import type { Layout } from '../../../lib/protocol/reconfiguration/state.ts';
import type { NicDescription } from '../../../lib/protocol/types.ts';

const nic = (network: string, link: number, address = `10.${link}.0.1`): NicDescription => ({
  link,
  network,
  interface: `eth${link}`,
  address,
  mac: null,
  carrier: true,
});
const layout = (...names: string[]): Layout => ({
  addresses: [],
  nodes: [1, 2],
  voters: [1, 2],
  voterSet: 1,
  networks: names.map((name) => ({ name, links: [name.charCodeAt(0) - 97], nodes: [1, 2] })),
});

function turnOf(role: 'manager' | 'client'): Turn {
  const down = (link: number): { link: number; sinceMs: number } => ({ link, sinceMs: 5 });
  const state = {
    role,
    manager: role === 'manager' ? 1 : 2,
    self: { node: 1, nics: [nic('a', 0), nic('b', 1)] },
    config: { networks: ['a', 'b'], groups: [] },
    activeNetwork: 'a',
    virtualAddresses: [],
    groups: new Map(),
    carrierDown: [down(0), down(1)],
    members: new Map([[2, { node: 2, phase: 'active', linksDown: [down(1), down(7)] }]]),
  } as unknown as NodeState;
  return new Turn(state, 100);
}

describe('networks of the configuration that runs', () => {
  it('the active one cannot go: the way out is named', () => {
    const turn = turnOf('manager');
    assert.equal(networksRefusal(turn, layout('a', 'c')), null);
    assert.match(networksRefusal(turn, layout('c', 'b')) ?? '', /network a is the active one; .*`heartwire network b`/);
    assert.match(networksRefusal(turn, layout('c')) ?? '', /network a is the active one; add another one first/);
    const { networks: _, ...without } = layout();
    assert.equal(networksRefusal(turn, without), null);
  });

  it('decided: those there are; what was silent on a link that is no more is forgotten', () => {
    const turn = turnOf('client');
    useNetworks(turn, layout('a', 'c'));
    const { config, carrierDown, members, activeNetwork } = turn.state;
    assert.deepEqual([config.networks, activeNetwork], [['a', 'c'], 'a']);
    assert.deepEqual(
      [carrierDown, members.get(2)?.linksDown ?? []].map((down) => down.map(({ link }) => link)),
      [[0], [7]],
    );
  });

  it('decided: which network stands by for which', () => {
    const turn = turnOf('client');
    const { networks = [], ...rest } = layout('a', 'b', 'c');
    useNetworks(turn, { ...rest, networks: networks.map((each) => (each.name === 'c' ? { ...each, standbyFor: 'a' } : each)) });
    assert.deepEqual(turn.state.config.standbyAdapters, { a: 'c' });
    useNetworks(turn, layout('a', 'b'));
    assert.deepEqual(turn.state.config.standbyAdapters, {});
  });

  it('a node that was away while its active network went takes the first one', () => {
    const turn = turnOf('client');
    useNetworks(turn, layout('c', 'b'));
    assert.equal(turn.state.activeNetwork, 'c');
    assert.ok(turn.effects.some((effect) => effect.type === 'prefer' && effect.network === 'c'));
  });

  it('the node describes itself anew where its adapters are others; what stays is as it was', () => {
    const turn = turnOf('client');
    onAdapters(turn, [nic('a', 0, '10.0.0.99'), nic('b', 1)]);
    assert.equal(turn.effects.length, 0);
    onAdapters(turn, [{ ...nic('a', 0), mac: '02:00:00:00:00:77' }, nic('b', 1)]);
    assert.deepEqual([turn.state.self.nics[0]?.mac, turn.effects.length], ['02:00:00:00:00:77', 1], 'but for another MAC');
    turn.effects.length = 0;
    onAdapters(turn, [nic('a', 0, '10.0.0.99'), nic('c', 2)]);
    assert.deepEqual(
      turn.state.self.nics.map(({ network, address }) => `${network} ${address}`),
      ['a 10.0.0.1', 'c 10.2.0.1'],
    );
    assert.deepEqual(
      turn.effects.map((effect) => effect.type === 'send' && [effect.to, (effect.message as { kind: string }).kind]),
      [[2, 'describe']],
    );
  });
});
