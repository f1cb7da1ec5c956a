// What of a change protocols must know, and which changes a running cluster cannot make.
import assert from 'node:assert/strict';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import { hindrance, layoutOf } from '../../../lib/config/versions/layout.ts';
import { planOf } from '../../../lib/config/versions/plan.ts';
import { roundsFor } from '../../../lib/protocol/reconfiguration/reconfigure.ts';
import { isLayout } from '../../../lib/protocol/reconfiguration/shapes.ts';
import { parsed, sample } from './samples.ts';

const node = (id: number, more = ''): string => `  - {name: node${id}, id: ${id}, interfaces: {a: eth0, b: eth1}${more}}\n`;
const of = (nodes: string, more = ''): ClusterConfig =>
  parsed(`cluster: demo\nkey_file: demo.keys\nnetworks: [{name: a}, {name: b}]\nnodes:\n${nodes}${more}`);
const three = of(node(1) + node(2) + node(3));
const hinders = (before: ClusterConfig, after: ClusterConfig): string | null => hindrance(before, after, planOf(before, after));

describe('the layout of a configuration', () => {
  it('has addresses, nodes and voters, whatever their order, and a number for each set of voters', () => {
    const first = layoutOf(sample('addresses: [{address: 10.77.0.1/24, network: a}]\n'), null);
    const networks = [
      { name: 'a', links: [0], nodes: [1, 2, 3] },
      { name: 'b', links: [1], nodes: [1, 2, 3] },
    ];
    const times = { unmanagedPeriodMs: 1000, announceCount: 5, incorporationTimeoutMs: 5000, pruneTimeMs: 60_000 };
    const addresses = [{ address: '10.77.0.1/24', network: 'a' }];
    assert.deepEqual(first, { addresses, groups: [], nodes: [1, 2, 3], voters: [1, 2, 3], voterSet: 1, networks, lines: [], times });
    assert.equal(isLayout(first), true);
    assert.equal(layoutOf(of(node(3) + node(1) + node(2)), first).voterSet, 1);
    assert.deepEqual(layoutOf(of(node(1) + node(2) + node(3) + node(4)), { ...first, voterSet: 7 }), {
      addresses: [],
      groups: [],
      nodes: [1, 2, 3, 4],
      voters: [1, 2, 3, 4],
      voterSet: 8,
      networks: networks.map((network) => ({ ...network, nodes: [1, 2, 3, 4] })),
      lines: [],
      times,
    });
  });

  it('is refused where it is none', () => {
    const good = layoutOf(three, null);
    for (const change of [
      { nodes: [0] },
      { nodes: 'x' },
      { voters: [65_536] },
      { voterSet: 0 },
      { voterSet: 65_536 },
      { addresses: [{ address: '' }] },
      { addresses: null },
      { networks: [{ name: 'a', links: [8], nodes: [1] }] },
      { networks: [{ name: 'a', links: [0] }] },
      { networks: [{ name: 'a', links: [0], nodes: [1], standbyFor: '' }] },
      { networks: null },
      { times: null },
      { times: { ...good.times, pruneTimeMs: -1 } },
    ])
      assert.equal(isLayout({ ...good, ...change }), false, JSON.stringify(change));
    assert.equal(isLayout(null), false);
  });
});

describe('a running cluster', () => {
  it('takes other addresses, and nodes that come or go', () => {
    assert.equal(hinders(three, of(node(1) + node(2) + node(3), 'addresses: [{address: 10.77.0.9/24}]\n')), null);
    assert.equal(hinders(three, of(node(1) + node(2) + node(3) + node(4))), null);
    assert.equal(hinders(of(node(1) + node(2) + node(3) + node(4)), three), null);
  });

  it('takes times of the protocols, and scripts', () => {
    const other = 'prune_time: 61s\nincorporation_timeout: 4s\ndiscovery: {unmanaged_period: 3s, announcements: 4}\n';
    const after = of(node(1) + node(2) + node(3), `${other}scripts: [{events: ['*'], run: [/bin/true]}]\n`);
    assert.equal(hinders(three, after), null);
    assert.deepEqual(layoutOf(after, null).times, {
      unmanagedPeriodMs: 3000,
      announceCount: 4,
      incorporationTimeoutMs: 4000,
      pruneTimeMs: 61_000,
    });
  });

  it('takes a vote from a node that stays, and gives it one', () => {
    const four = node(1) + node(2) + node(3) + node(4);
    const fewer = of(four, 'voters: [node1, node2, node4]\n');
    assert.equal(hinders(of(four), fewer), null);
    assert.equal(hinders(fewer, of(four)), null);
  });

  const on = (networks: string, nodes: readonly string[], more = ''): ClusterConfig =>
    parsed(
      `cluster: demo\nkey_file: demo.keys\nnetworks: [${networks}]\nnodes:\n` +
        nodes.map((interfaces, index) => `  - {name: node${index + 1}, id: ${index + 1}, interfaces: {${interfaces}}}\n`).join('') +
        more,
    );
  const [both, all] = ['a: eth0, b: eth1', 'a: eth0, b: eth1, c: eth2'];

  it('takes networks and adapters that come or go, as long as links keep their numbers (R5)', () => {
    assert.equal(hinders(three, on('{name: a}, {name: b}, {name: c}', [all, all, all])), null);
    assert.equal(hinders(three, on('{name: b, link: 1}', ['b: eth1', 'b: eth1', 'b: eth1'])), null);
    assert.equal(hinders(three, on('{name: a}, {name: b}', [both, both, 'a: eth0'])), null);
    assert.equal(hinders(on('{name: a}, {name: b}', [both, both, 'a: eth0']), three), null);
    assert.match(
      hinders(three, on('{name: b}', ['b: eth1', 'b: eth1', 'b: eth1'])) ?? 'nothing',
      /network b would have the link 0 instead of 1 \(`link: 1` at it keeps it\)/,
    );
    const address = 'addresses: [{address: 10.77.0.9/24, network: b}]\n';
    const served = of(node(1) + node(2) + node(3), address);
    assert.match(hinders(served, on('{name: a}, {name: b}', [both, both, 'a: eth0'], address)) ?? 'nothing', /addresses live on b.*node3/);
    const strict = 'heartbeat: {nic_policy: first}\n';
    const fails = hinders(
      on('{name: a}, {name: b}', [both, both, both], strict),
      on('{name: a}, {name: b}', [both, both, 'a: eth0'], strict),
    );
    assert.match(fails ?? 'nothing', /an adapter of node3 goes, which `heartbeat.nic_policy: first` takes for a failure/);
    const standby = on('{name: a}, {name: b}, {name: c, standby_for: b, paths: [ethernet]}', [all, all, all]);
    assert.deepEqual([hinders(three, standby), hinders(standby, three)], [null, null], 'standby adapters, too');
    const fewer = on('{name: a}, {name: b}, {name: c, standby_for: b, paths: [ethernet]}', [all, all, both]);
    assert.deepEqual([hinders(fewer, standby), hinders(standby, fewer)], [null, null]);
    assert.equal(layoutOf(standby, null).networks?.[2]?.standbyFor, 'b');
  });

  it('does not change in place whether a network has a multicast group', () => {
    const without = on('{name: a}, {name: b}, {name: c}', [all, all, all]);
    const grouped = on('{name: a}, {name: b, multicast: true}, {name: c}', [all, all, all]);
    assert.match(hinders(without, grouped) ?? 'nothing', /network b differs, too \(take it out and apply, then add it/);
  });

  it('does not change in place what an adapter stands by for: it goes and comes', () => {
    const raw = on('{name: a}, {name: b}, {name: c, paths: [ethernet]}', [all, all, all]);
    const standby = on('{name: a}, {name: b}, {name: c, standby_for: b, paths: [ethernet]}', [all, all, all]);
    assert.match(hinders(raw, standby) ?? 'nothing', /network c differs, too \(take it out and apply, then add it/);
    const less = on('{name: a}, {name: b}, {name: c, standby_for: b, paths: [ethernet]}', [all, all, 'a: eth0, c: eth2']);
    assert.match(hinders(standby, less) ?? 'nothing', /the adapter eth2 of node3 would stand by no more \(take it out/);
    assert.match(hinders(less, standby) ?? 'nothing', /the adapter eth2 of node3 would begin to stand by \(take it out/);
  });

  it('takes serial lines that come or go, as long as they keep their numbers', () => {
    const with_ = (more: string, networks = '{name: a}, {name: b}', interfaces = both): ClusterConfig =>
      on(networks, [interfaces, interfaces, interfaces], `serial: [{between: [node1, node2], devices: [/dev/a, /dev/b]${more}}]\n`);
    assert.deepEqual([hinders(three, with_('')), hinders(with_(''), three)], [null, null]);
    const [without, withLine] = [layoutOf(three, null), layoutOf(with_(''), null)];
    assert.deepEqual(withLine.lines, [{ link: 2, nodes: [1, 2] }]);
    const change = { base: '0', version: 2, digest: 'a'.repeat(64), from: without, to: withLine };
    assert.deepEqual(roundsFor(change), ['copy', 'identical', 'set offline', 'beats']);
    assert.deepEqual([withLine, { ...withLine, lines: [{ link: 9, nodes: [1, 2] }] }].map(isLayout), [true, false]);
    assert.match(hinders(with_(''), with_(', baud: 9600')) ?? 'nothing', /serial line .* differs, too \(take it out and apply/);
    const more = '{name: a}, {name: b}, {name: c, link: 3}';
    assert.match(
      hinders(with_(''), with_('', more, all)) ?? 'nothing',
      /the serial line of node1 and node2 would have the link 4 instead of 2 \(`link: 2` at it keeps it\)/,
    );
    assert.equal(hinders(with_(''), with_(', link: 2', more, all)), null);
  });

  it('gives nobody the number of a link that goes with the same change', () => {
    const replaced = on('{name: a}, {name: c, link: 1}', ['a: eth0, c: eth2', 'a: eth0, c: eth2', 'a: eth0, c: eth2']);
    assert.match(
      hinders(three, replaced) ?? 'nothing',
      /^c udp eth2 would have the link 1 of b udp eth1, which goes \(give it another `link`, or take that one out and apply first\)$/,
    );
  });

  it('takes nothing else', () => {
    const cases: readonly [ClusterConfig, RegExp][] = [
      [of(node(1) + node(2) + node(3), 'http: {port: 9191}\n'), /http.port differs, too \(nodes take it at their start\)/],
      [
        of(node(1) + node(2) + node(3), 'messages: {send_window: 33}\n'),
        /messages.send_window differs, too \(`heartwire parameters set messages.send_window=33` changes it/,
      ],
      [of(node(1) + node(2) + node(3, ', class: big')), /node3.* differs/],
      [of(node(1) + node(2) + node(3).replace('eth1', 'eth2')), /adapter of node3 on b differs/],
    ];
    for (const [after, why] of cases) assert.match(hinders(three, after) ?? 'nothing', why);
  });
});
