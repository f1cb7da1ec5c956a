// Which links a node opens and closes for a change of its configuration, and in which order; those that stay are never touched.
import assert from 'node:assert/strict';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import { commonLinks, LinkChanges } from '../../../lib/runtime/link-changes.ts';
import { parsed } from '../config/samples.ts';

const of = (networks: string, nodes: readonly string[], more = ''): ClusterConfig =>
  parsed(
    `cluster: demo\nkey_file: demo.keys\nquorum: majority\nnetworks: [${networks}]\nnodes:\n` +
      nodes.map((interfaces, index) => `  - {name: node${index + 1}, id: ${index + 1}, interfaces: {${interfaces}}}\n`).join('') +
      more,
  );
const two = of('{name: a}, {name: b}', ['a: eth0, b: eth1', 'a: eth0, b: eth1', 'a: eth0, b: eth1']);
const three = of(
  '{name: a}, {name: b}, {name: c}',
  Array.from({ length: 3 }, () => 'a: eth0, b: eth1, c: eth2'),
);
const other = of('{name: a}, {name: c, link: 2}', ['a: eth0, c: eth2', 'a: eth0, c: eth2', 'a: eth0']);

describe('changes of links', () => {
  let done: string[] = [];
  const there = new Set(['eth0', 'eth1', 'eth2']);
  const make = (started: ClusterConfig): LinkChanges =>
    new LinkChanges(
      {
        setLink: (link, options) =>
          void done.push(options === null ? `close ${link}` : `open ${link} ${options.interface ?? options.device}`),
        setLinkOffline: (link, offline) => void done.push(`${link} ${offline ? 'goes' : 'stays'}`),
      },
      started,
      'node1',
      ({ interface: name, device }) => there.has(name ?? device ?? ''),
    );
  const told = (): string[] => done.splice(0);

  beforeEach(() => {
    done = [];
    there.add('eth2');
  });

  it('what comes is opened before the decision, what goes is closed with it; until then the silence of neither counts', () => {
    const links = make(two);
    assert.equal(links.missing(other), null);
    assert.equal(links.setOffline(other), true);
    links.open(other);
    assert.deepEqual(told(), ['1 goes', '2 goes', 'open 2 eth2']);
    links.settle(other);
    assert.deepEqual(told(), ['close 1', '0 stays', '2 stays']);
    links.settle(other);
    assert.deepEqual(told(), ['0 stays', '2 stays'], 'done once');
  });

  it('an abort closes what was opened, and what was to go stays', () => {
    const links = make(two);
    links.setOffline(other);
    links.open(other);
    told();
    links.settle(two);
    assert.deepEqual(told(), ['close 2', '0 stays', '1 stays']);
  });

  it('a node that was away goes there at once, to what counts at once; an adapter that is none is named', () => {
    const links = make(three);
    assert.equal(links.setOffline(three), false);
    links.settle(other);
    assert.deepEqual(told(), ['close 1', '0 stays', '2 stays']);
    links.settle(three);
    assert.deepEqual(told(), ['open 1 eth1', '0 stays', '1 stays', '2 stays']);
    there.delete('eth2');
    assert.match(make(two).missing(other) ?? '', /^node1 has no interface eth2, which .* for its adapter on c$/);
  });

  it('a serial line comes and goes at its two ends; it carries no messages, so that nobody is left with it alone', () => {
    const nodes = ['a: eth0', 'a: eth0', 'a: eth0'];
    const [without, line] = [
      of('{name: a}', nodes),
      of('{name: a}', nodes, 'serial: [{between: [node2, node1], devices: [/dev/b, /dev/a]}]\n'),
    ];
    const links = make(without);
    assert.equal(links.missing(line), 'node1 has no device /dev/a, which the new configuration names for its serial line');
    there.add('/dev/a');
    assert.equal(links.missing(line), null);
    links.open(line);
    links.settle(line);
    assert.deepEqual(told(), ['1 goes', 'open 1 /dev/a', '0 stays', '1 stays']);
    assert.equal(links.setOffline(without), true);
    links.settle(without);
    assert.deepEqual(told(), ['1 goes', 'close 1', '0 stays']);
    const links2 = commonLinks(without, line, 'node1').map(({ node, fresh }) => [node, fresh.map(({ name }) => name).join()]);
    assert.deepEqual(links2, [
      [2, 'serial /dev/a'],
      [3, ''],
    ]);
    const alone = commonLinks(
      line,
      of(
        '{name: c, link: 2}',
        ['c: eth0', 'c: eth0', 'c: eth0'],
        'serial: [{between: [node2, node1], devices: [/dev/b, /dev/a], link: 1}]\n',
      ),
      'node1',
    );
    assert.deepEqual(alone[0]?.kept, []);
  });

  it('a node that is removed keeps what it has', () => {
    const without = parsed(
      'cluster: demo\nkey_file: demo.keys\nnetworks: [{name: a}]\nnodes: [{name: node9, id: 9, interfaces: {a: eth0}}]\n',
    );
    const links = make(two);
    assert.deepEqual([links.missing(without), links.setOffline(without)], [null, false]);
    links.open(without);
    assert.deepEqual(told(), []);
    assert.deepEqual(commonLinks(two, without, 'node1'), []);
  });

  it('two nodes have in common what both are on: some as before, some new', () => {
    const numbers = commonLinks(two, other, 'node1').map(({ node, kept, fresh }) => [
      node,
      kept.map(({ link }) => link).join(),
      fresh.map(({ link, name }) => `${link} ${name}`).join(),
    ]);
    assert.deepEqual(numbers, [
      [2, '0', '2 c udp eth2'],
      [3, '0', ''],
    ]);
  });
});
