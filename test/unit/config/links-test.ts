// Link numbers are in every frame: all nodes must derive the same ones from the configuration.
import assert from 'node:assert/strict';
import { linkName, linksOf, NO_NETWORK } from '../../../lib/config/links.ts';
import { nicsOf, NO_ADDRESS, protocolConfigOf } from '../../../lib/config/protocol-config.ts';
import { ballotsNeeded, engineQuorumOf, quorumOf } from '../../../lib/protocol/quorum.ts';
import { nativeOptions } from '../../../lib/runtime/native-options.ts';
import { parsed } from './samples.ts';

const config = parsed(`
cluster: demo
key_file: demo.keys
networks: [{name: a}, {name: b, paths: [udp, ethernet]}]
management_network: b
serial: [{between: [node2, node1], devices: [/dev/ttyS2, /dev/ttyS1], baud: 9600}]
nodes:
  - {name: node1, id: 11, interfaces: {a: eth0, b: eth1}, preferred_role: manager}
  - {name: node2, id: 12, interfaces: {b: eth9}}
  - {name: node3, id: 13, interfaces: {a: eth0}}
  - {name: node4, id: 14, interfaces: {a: eth0}, preferred_role: client, bridged: true, class: small}
addresses: [{address: 10.2.0.5/24, network: b}]
bridged: [{address: 192.0.2.7}]
`);

describe('links', () => {
  it('have the same number on every node: paths of each network, then serial lines', () => {
    assert.deepEqual(linksOf(config, 'node1'), [
      { kind: 'udp', network: 0, interface: 'eth0' },
      { kind: 'udp', network: 1, interface: 'eth1' },
      { kind: 'ethernet', network: 1, interface: 'eth1' },
      { kind: 'serial', network: NO_NETWORK, device: '/dev/ttyS1', baud: 9600, peer: 12 },
    ]);
    assert.deepEqual(linksOf(config, 'node2').at(-1), { kind: 'serial', network: NO_NETWORK, device: '/dev/ttyS2', baud: 9600, peer: 11 });
  });

  it('are absent where a node has no interface or is at no end', () => {
    assert.deepEqual(linksOf(config, 'node3'), [
      { kind: 'udp', network: 0, interface: 'eth0' },
      { kind: 'udp', network: 1 },
      { kind: 'ethernet', network: 1 },
      { kind: 'serial', network: NO_NETWORK },
    ]);
    assert.throws(() => linksOf(config, 'node5'), { code: 'HW_NODE_UNKNOWN' });
  });

  it('have the group of their network, where it has one', () => {
    const some = parsed(`
cluster: demo
key_file: demo.keys
quorum: majority
networks: [{name: a}, {name: b, paths: [udp, ethernet], multicast: true}]
nodes:
  - {name: node1, id: 11, interfaces: {a: eth0, b: eth1}}
  - {name: node2, id: 12, interfaces: {a: eth0}}
`);
    assert.deepEqual(
      ['node1', 'node2'].map((node) => linksOf(some, node).map(({ multicast }) => multicast)),
      [
        [undefined, true, true],
        [undefined, undefined, undefined],
      ],
    );
  });

  it('keep the numbers that the file gives them; nobody has one in between', () => {
    const gap = parsed(`
cluster: demo
key_file: demo.keys
quorum: majority
networks: [{name: c, link: 2}, {name: a, link: 0}, {name: d, link: 3, paths: [udp, ethernet]}]
nodes:
  - {name: node1, id: 11, interfaces: {a: eth0, c: eth2, d: eth3}}
  - {name: node2, id: 12, interfaces: {a: eth0, c: eth2}}
`);
    assert.deepEqual(linksOf(gap, 'node1'), [
      { kind: 'udp', network: 0, interface: 'eth0' },
      { kind: 'udp', network: NO_NETWORK },
      { kind: 'udp', network: 2, interface: 'eth2' },
      { kind: 'udp', network: 3, interface: 'eth3' },
      { kind: 'ethernet', network: 3, interface: 'eth3' },
    ]);
    assert.deepEqual(
      gap.networks.map(({ link }) => link),
      [2, 0, 3],
    );
    const twice = 'cluster: demo\nkey_file: demo.keys\nnetworks: [{name: a, paths: [udp, ethernet]}, {name: b, link: 1}]\n';
    const nodes = 'nodes: [{name: node1, id: 1, interfaces: {a: eth0, b: eth1}}]\n';
    assert.throws(() => parsed(twice + nodes), /The paths of b begin with 1, and a has that number/);
  });

  it('have names for people', () => {
    assert.deepEqual(
      linksOf(config, 'node1').map((link) => linkName(link, config)),
      ['a udp eth0', 'b udp eth1', 'b ethernet eth1', 'serial /dev/ttyS1'],
    );
    assert.deepEqual(
      linksOf(config, 'node3').map((link) => linkName(link, config)),
      ['a udp eth0', 'b udp', 'b ethernet', 'serial'],
    );
  });
});

describe('the configuration of the protocols', () => {
  const addresses: Readonly<Record<string, readonly string[]>> = { eth0: ['10.1.0.1'], eth1: ['10.2.0.5', '10.2.0.30', '10.2.0.4'] };
  const nics = nicsOf(config, 'node1', (name) => ({
    mac: '02:00:00:00:00:01',
    carrier: true,
    addresses: (addresses[name] ?? []).map((address) => ({ address, prefixLength: 24 })),
  }));
  const machine = { boot: 5n, hostName: 'host1', version: '1.2.3', nics };

  it('describes the own node, its lowest address on the management network, virtual ones left out', () => {
    const { self } = protocolConfigOf(config, 'node1', machine);
    assert.deepEqual(
      nics.map((nic) => [nic.link, nic.network, nic.address]),
      [
        [0, 'a', '10.1.0.1'],
        [1, 'b', '10.2.0.4'],
        [2, 'b', '10.2.0.4'],
      ],
    );
    assert.deepEqual(
      [self.node, self.name, self.address, self.mayManage, self.voter, self.boot, self.preferredRole],
      [11, 'node1', '10.2.0.4', true, true, 5n, 'manager'],
    );
    assert.deepEqual([self.beatPort, self.messagePort, self.httpPort, self.hostName, self.version], [525, 1199, 91, 'host1', '1.2.3']);
  });

  it('counts a node without an address there by its next network, and without any as last', () => {
    const none = { ...machine, nics: [] };
    assert.equal(
      protocolConfigOf(config, 'node3', { ...machine, nics: nics.filter((nic) => nic.network === 'a') }).self.address,
      '10.1.0.1',
    );
    assert.equal(protocolConfigOf(config, 'node2', none).self.address, NO_ADDRESS);
  });

  it('C14: lets a bridged node neither vote nor manage', () => {
    const { self, bridged } = protocolConfigOf(config, 'node4', machine);
    assert.deepEqual([self.voter, self.mayManage, self.bridged, self.nodeClass], [false, false, true, 'small']);
    assert.deepEqual(bridged, [{ host: '192.0.2.7', port: 1199 }]);
  });

  it('gives ids of voters, the active network first, and the lease', () => {
    const protocol = protocolConfigOf(config, 'node1', machine);
    assert.deepEqual(protocol.voters, [11, 12, 13]);
    assert.deepEqual(protocol.networks, ['b', 'a']);
    assert.deepEqual([protocol.beatTimeoutMs, protocol.beatPackets, protocol.leaseUs], [1000, 10, 1_000_000]);
    assert.deepEqual(protocol.virtualAddresses, [{ address: '10.2.0.5/24', network: 'b' }]);
  });

  it('X9: a witness votes for longer, beats slower, and never manages', () => {
    const nodes = [1, 2, 3].map((id) => `{name: node${id}, id: ${id}, interfaces: {a: eth0}}`).join(', ');
    const two = parsed(`cluster: demo\nkey_file: k\nnetworks: [{name: a}]\nnodes: [${nodes}]\nwitness: {node: node3, timeout: 4s}`);
    assert.equal(two.quorum, 'witness');
    const witness = protocolConfigOf(two, 'node3', machine);
    assert.deepEqual([witness.self.mayManage, witness.self.voter, witness.self.preferredRole], [false, true, 'client']);
    assert.deepEqual([witness.leaseUs, witness.self.beatTimeoutMs, witness.self.beatPackets], [4_000_000, 4000, 10]);
    const node = protocolConfigOf(two, 'node1', machine);
    assert.deepEqual([node.voters, node.witness, node.leaseUs, node.self.mayManage], [[1, 2, 3], 3, 1_000_000, true]);
  });

  it('X9: a shared disk is one more voter, for the engine alone', () => {
    const nodes = [1, 2].map((id) => `{name: node${id}, id: ${id}, interfaces: {a: eth0}}`).join(', ');
    const two = parsed(`cluster: demo\nkey_file: k\nnetworks: [{name: a}]\nnodes: [${nodes}]\ndisk: {device: /dev/sdx, timeout: 8s}`);
    assert.deepEqual([two.quorum, two.disk], ['disk', { device: '/dev/sdx', timeoutUs: 8_000_000 }]);
    const protocol = protocolConfigOf(two, 'node1', machine);
    assert.deepEqual([protocol.voters, quorumOf(protocol), engineQuorumOf(protocol)], [[1, 2], 1, 2]);
    assert.deepEqual([ballotsNeeded(protocol, 1), ballotsNeeded(protocol, 2)], [1, 2]);
    const [node] = two.nodes;
    assert.ok(node !== undefined);
    assert.deepEqual(nativeOptions(two, node, [], '/state').disk, { path: '/dev/sdx', other: 2, leaseUs: 8_000_000 });
  });

  it('reports a vanished interface as one without carrier', () => {
    assert.deepEqual(
      nicsOf(config, 'node3', () => null),
      [{ link: 0, network: 'a', interface: 'eth0', address: null, mac: null, carrier: false }],
    );
  });
});
