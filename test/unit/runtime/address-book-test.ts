// Which interface carries a virtual address, and which address this node cannot carry.
import assert from 'node:assert/strict';
import { nodeByName } from '../../../lib/config/config.ts';
import { linksOf } from '../../../lib/config/links.ts';
import { placeAddresses, type PlacedAddress } from '../../../lib/runtime/address-book.ts';
import type { VirtualAddress } from '../../../lib/protocol/types.ts';
import { parsed, sample } from '../config/samples.ts';

function placed(addresses: readonly VirtualAddress[], active = 'a'): PlacedAddress[] {
  const config = sample();
  return placeAddresses(config, nodeByName(config, 'node1'), 0, addresses, active);
}

describe('address book', () => {
  it('places an address on the interface of its network', () => {
    assert.deepEqual(placed([{ address: '10.0.0.100/24', network: 'b' }]), [
      { seat: 0, address: '10.0.0.100', prefixLength: 24, interface: 'eth1', standbyInterface: null, text: '10.0.0.100/24', network: 'b' },
    ]);
    assert.deepEqual(
      placed([{ address: 'fd00::100/64', network: 'a' }]).map((each) => [each.address, each.prefixLength, each.interface]),
      [['fd00::100', 64, 'eth0']],
    );
  });

  it('moves one of the active network with it', () => {
    for (const [active, name] of [
      ['a', 'eth0'],
      ['b', 'eth1'],
    ] as const) {
      assert.deepEqual(
        placed([{ address: '10.0.0.100/24', network: 'active' }], active).map((each) => [each.network, each.interface]),
        [[active, name]],
      );
    }
  });

  it('leaves out what it cannot place', () => {
    const kept = { address: '10.0.0.100/24', network: 'a' };
    const odd = ['10.0.0/24', '10.0.0.100', 'nonsense'].map((address) => ({ address, network: 'a' }));
    assert.deepEqual(
      placed([...odd, { address: '10.0.0.101/24', network: 'nowhere' }, kept]).map((each) => each.text),
      [kept.address],
    );
  });

  it('leaves out a network that this node is not on', () => {
    const config = parsed(`
cluster: demo
key_file: demo.keys
networks: [{name: a}, {name: b}]
nodes:
  - {name: node1, id: 1, interfaces: {a: eth0}}
  - {name: node2, id: 2, interfaces: {a: eth0, b: eth1}}
  - {name: node3, id: 3, interfaces: {a: eth0, b: eth1}}
`);
    const addresses = [{ address: '10.0.0.100/24', network: 'b' }];
    assert.deepEqual(placeAddresses(config, nodeByName(config, 'node1'), 0, addresses, 'a'), []);
    assert.equal(placeAddresses(config, nodeByName(config, 'node2'), 0, addresses, 'a').length, 1);
  });

  it('knows the standby adapter of a network, whichever of the two is active', () => {
    const config = parsed(`
cluster: demo
key_file: demo.keys
networks: [{name: a}, {name: b, paths: [ethernet], standby_for: a}]
nodes:
  - {name: node1, id: 1, interfaces: {a: eth0, b: eth1}}
  - {name: node2, id: 2, interfaces: {a: eth0}}
  - {name: node3, id: 3, interfaces: {a: eth0, b: eth1}}
`);
    const addresses = [{ address: '10.0.0.100/24', network: 'active' }];
    for (const active of ['a', 'b']) {
      const [place] = placeAddresses(config, nodeByName(config, 'node1'), 0, addresses, active);
      assert.deepEqual([place?.network, place?.interface, place?.standbyInterface], ['a', 'eth0', 'eth1']);
    }
    assert.equal(placeAddresses(config, nodeByName(config, 'node2'), 0, addresses, 'a')[0]?.standbyInterface, null);
    assert.deepEqual(
      linksOf(config, 'node1').map((link) => link.standbyFor),
      [undefined, 0],
    );
  });
});
