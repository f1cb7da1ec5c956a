// Where a node's addresses live, and by which link it reaches what lies beyond its networks.
import assert from 'node:assert/strict';
import { nodeByName } from '../../../lib/config/config.ts';
import type { NativeNode } from '../../../lib/native.ts';
import { Places } from '../../../lib/runtime/places.ts';
import { parsed } from '../config/samples.ts';

const NODES = `nodes:
  - {name: node1, id: 1, interfaces: {a: eth0, b: eth1}}
  - {name: node2, id: 2, interfaces: {a: eth0, b: eth1}}
  - {name: node3, id: 3, interfaces: {a: eth0}}
addresses: [{address: 10.77.0.9/24, network: a}]
`;
const of = (networks: string, rest = NODES): ReturnType<typeof parsed> =>
  parsed(`cluster: demo\nkey_file: demo.keys\nnetworks: [${networks}]\n${rest}`);
const STANDBY = of('{name: a}, {name: b, paths: [ethernet], standby_for: a}');

function placesOf(config = STANDBY): Places {
  const native = { setAddresses: () => undefined, setSeat: () => undefined } as unknown as NativeNode;
  const places = new Places(config, nodeByName(config, 'node1'), native, 1000);
  places.set(0, config.addresses, 'a');
  return places;
}

describe('the places of addresses', () => {
  it('an adapter that goes is left first: which addresses are still on it', () => {
    const places = placesOf();
    const without = of('{name: a}', NODES.replaceAll(', b: eth1', ''));
    assert.equal(places.stranded(without), null);
    assert.equal(places.switched(1, true), 'a');
    assert.equal(places.stranded(STANDBY), null);
    assert.match(places.stranded(without) ?? '', /^the addresses of a are on eth1, which goes, and eth0 hears nobody$/);
    assert.equal(
      places.stranded(
        of(
          '{name: c}',
          NODES.replaceAll('a: eth0, b: eth1', 'c: eth9').replaceAll('a: eth0', 'c: eth9').replace('network: a', 'network: c'),
        ),
      ),
      null,
    );
    assert.equal(places.switched(0, false), 'a');
    assert.equal(places.stranded(without), null);
  });

  it('a standby adapter that is gone has nothing, also when it comes again', () => {
    const places = placesOf();
    const without = of('{name: a}', NODES.replaceAll(', b: eth1', ''));
    places.switched(1, true);
    assert.equal(places.placed.map((each) => places.adapterOf(each)).join(' '), 'eth1');
    places.use(without, nodeByName(without, 'node1'));
    assert.equal(places.placed.map((each) => places.adapterOf(each)).join(' '), 'eth0');
    places.use(STANDBY, nodeByName(STANDBY, 'node1'));
    assert.equal(places.placed.map((each) => places.adapterOf(each)).join(' '), 'eth0');
  });

  it('a host is reached by a path of its kind of address', () => {
    const places = placesOf(of('{name: a, paths: [ethernet, udp]}, {name: b, paths: [udp6]}'));
    assert.equal(places.contactLink(['a', 'b'], '192.0.2.7'), 1);
    assert.equal(places.contactLink(['a', 'b'], '2001:db8::7'), 2);
    assert.equal(placesOf().contactLink(['a', 'b'], '2001:db8::7'), 0, 'or by the first one, where there is none');
  });
});
