// What a machine would make difficult, on machines that are made up.
import assert from 'node:assert/strict';
import { type HostFacts, hostWarnings, thisHost } from '../../../lib/config/host-warnings.ts';
import { parsed, sample } from './samples.ts';

const quiet: HostFacts = {
  interfaceExists: () => true,
  addresses: (name) => (name === 'eth0' ? ['10.1.0.1/24', 'fd00:1::1/64'] : ['10.2.0.1/24']),
  ipv6: () => true,
  reversePathFilter: () => 1,
  realTimeUs: () => 950_000,
};
const config = sample('addresses: [{address: 10.1.0.100/24, network: a}]');

describe('warnings about this machine', () => {
  it('are none where all fits', () => {
    assert.deepEqual(hostWarnings(config, 'node1', quiet), []);
  });

  it('name an interface that is not there', () => {
    assert.deepEqual(hostWarnings(config, 'node1', { ...quiet, interfaceExists: (name) => name !== 'eth1' }), [
      'node1: this machine has no interface eth1 (network b); it is tried again every second.',
    ]);
  });

  it('name strict reverse path filters on two adapters of one subnet', () => {
    const same = { ...quiet, addresses: (name: string) => [name === 'eth0' ? '10.1.0.1/24' : '10.1.0.2/24'] };
    assert.match(
      hostWarnings(config, 'node1', same)[0] ?? '',
      /^eth0 and eth1 are in one subnet, .* net\.ipv4\.conf\.eth1\.rp_filter to 2 \(loose\)\.$/,
    );
    assert.deepEqual(hostWarnings(config, 'node1', { ...same, reversePathFilter: () => 2 }), []);
    assert.deepEqual(hostWarnings(config, 'node1', { ...same, reversePathFilter: () => null }), []);
  });

  it('name an interface without IPv6 that a udp6 path needs', () => {
    const mixed = parsed(
      'cluster: demo\nkey_file: demo.keys\nquorum: majority\nnetworks: [{name: a, paths: [udp6]}, {name: b}]\nnodes: [{name: node1, id: 1, interfaces: {a: eth0, b: eth1}}]\n',
    );
    assert.deepEqual(hostWarnings(mixed, 'node1', quiet), []);
    assert.deepEqual(hostWarnings(mixed, 'node1', { ...quiet, ipv6: () => false }), [
      'eth0 has IPv6 switched off, and network a has a udp6 path. Set net.ipv6.conf.eth0.disable_ipv6 to 0.',
    ]);
  });

  it('name the throttle that stops a thread which never sleeps', () => {
    const spinning = sample('heartbeat: {affinity: [3], spin: true}');
    assert.match(hostWarnings(spinning, 'node1', quiet)[0] ?? '', /^heartbeat\.spin: .*kernel\.sched_rt_runtime_us to -1\.$/);
    assert.deepEqual(hostWarnings(spinning, 'node1', { ...quiet, realTimeUs: () => -1 }), []);
  });

  it('name a virtual address that is configured here, or lies in no subnet of its network', () => {
    const held = hostWarnings(config, 'node1', { ...quiet, addresses: () => ['10.1.0.1/24', '10.1.0.100/24'], reversePathFilter: () => 0 });
    assert.match(held[0] ?? '', /^10\.1\.0\.100\/24 is on eth0 already\./);
    const outside = hostWarnings(sample('addresses: [{address: 10.77.0.100/24}]'), 'node1', quiet);
    assert.deepEqual(outside, [
      '10.77.0.100/24 lies outside the subnet that network a has here (10.1.0.1/24): others reach it by a route only.',
    ]);
  });

  it('read the machine that runs this test', () => {
    assert.equal(thisHost.interfaceExists('lo'), true);
    assert.equal(thisHost.interfaceExists('no-such-if'), false);
    assert.deepEqual(thisHost.addresses('lo'), []);
    assert.notEqual(thisHost.reversePathFilter('lo'), undefined);
  });
});
