// Faults as rules of the switch: the right ports in the right direction, and one transaction.
import assert from 'node:assert/strict';
import { faultRules, type Fault } from '../../../lib/demo/faults.ts';
import { addressOf } from '../../../lib/demo/topology.ts';

const TOPOLOGY = { nodes: 2, networks: 2, hosts: ['client'] };

function rules(...faults: Fault[]): string[] {
  return faultRules(TOPOLOGY, faults)
    .split('\n')
    .filter((line) => line.endsWith(' drop'))
    .map((line) => line.trim());
}

describe('faults of the stage', () => {
  it('replace what was there in one transaction', () => {
    const text = faultRules(TOPOLOGY, []);
    assert.ok(text.startsWith('table bridge faults\ndelete table bridge faults\n'));
    assert.deepEqual(rules(), []);
  });

  it('cut a node off in both directions, on the networks named', () => {
    assert.deepEqual(rules({ kind: 'black-hole', node: 1, networks: [1] }), [
      'iifname { "node1-net1" } drop',
      'oifname { "node1-net1" } drop',
    ]);
  });

  it('lose one direction, towards all or one peer', () => {
    assert.deepEqual(rules({ kind: 'one-way', node: 1, lost: 'in', networks: [0] }), ['oifname "node1-net0" drop']);
    assert.deepEqual(rules({ kind: 'one-way', node: 1, lost: 'out', peer: 2, networks: [0] }), [
      'iifname "node1-net0" oifname "node2-net0" drop',
    ]);
  });

  it('lose a share of the frames of every member', () => {
    const [rule] = rules({ kind: 'loss', percent: 2.5, networks: [0] });
    assert.equal(rule, 'iifname { "node1-net0", "node2-net0", "client-net0" } numgen random mod 10000 < 250 drop');
  });

  it('part groups both ways, and leave alone who is in none', () => {
    assert.deepEqual(rules({ kind: 'partition', groups: [['node1'], ['node2']], networks: [0] }), [
      'iifname { "node1-net0" } oifname { "node2-net0" } drop',
      'iifname { "node2-net0" } oifname { "node1-net0" } drop',
    ]);
  });
});

describe('addresses of the stage', () => {
  it('follow from the place of a member', () => {
    assert.equal(addressOf(TOPOLOGY, 'node2', 1), '10.2.0.2');
    assert.equal(addressOf(TOPOLOGY, 'client', 0, 'ipv6'), 'fd00:1::201');
    assert.throws(() => addressOf(TOPOLOGY, 'nobody', 0), /no member nobody/);
  });
});
