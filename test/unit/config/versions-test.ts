// Two configurations compared: every value counts in exactly one part, what means the same is the same, and the plan names
// what is done in the words of the steps.
import assert from 'node:assert/strict';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import { checksumsOf } from '../../../lib/config/versions/checksums.ts';
import { componentsOf } from '../../../lib/config/versions/components.ts';
import { planOf } from '../../../lib/config/versions/plan.ts';
import { planText } from '../../../lib/config/versions/plan-text.ts';
import { MINIMAL, parsed, sample } from './samples.ts';

const ADDRESSES = 'addresses: [{address: 10.77.0.100/24}, {address: fd00::100/64, network: b}]\n';
const FULL = `${ADDRESSES}
serial: [{between: [node1, node2], devices: [/dev/ttyS0, /dev/ttyS1], baud: 9600}]
bridged: [{address: 192.0.2.7}]
heartbeat: {affinity: [3], busy_poll: 50us, cpu_latency: 20us}
control: {group: adm}
scripts: [{events: [client-lost], run: [/bin/true]}]
resources:
  - group: web
    owner: node1
    successors: [node2]
    fail_back: true
    addresses: [{address: 10.77.0.101/24}]
    commands: [{command: server, start: [/bin/a], stop: [/bin/b], monitor: [/bin/c, -x]}]
`;

type Path = readonly (string | number)[];

/** Every value in it, by its path. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]));
}

/** The configuration with another value there. */
function altered(config: ClusterConfig, path: Path): ClusterConfig {
  const copy = structuredClone(config) as unknown as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  const holder = path.slice(0, -1).reduce<Record<string | number, unknown>>((inner, key) => inner[key] as Record<string, unknown>, copy);
  const value = holder[last];
  holder[last] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${String(value)}x`;
  return copy as unknown as ClusterConfig;
}

const whole: ClusterConfig = {
  ...sample(FULL),
  witness: { node: 'node3', timeoutUs: 3_000_000 },
  disk: { device: '/dev/sdx', timeoutUs: 3_000_000 },
};

describe('the parts of a configuration', () => {
  it('count every value that it has, but for its file and text', () => {
    const before = JSON.stringify(componentsOf(whole));
    const paths = leaves(whole).filter(([first]) => first !== 'file' && first !== 'text');
    assert.ok(paths.length > 70, String(paths.length));
    for (const path of paths) assert.notEqual(JSON.stringify(componentsOf(altered(whole, path))), before, path.join('.'));
    assert.equal(JSON.stringify(componentsOf(altered(whole, ['file']))), before);
  });

  it('have checksums of their own: a value changes that of its part alone', () => {
    const machine = ['keyFiles', 'stateDirectory', 'control'];
    for (const path of leaves(whole).filter(([first]) => first !== 'file' && first !== 'text')) {
      const [old, now] = [checksumsOf(whole), checksumsOf(altered(whole, path))];
      const differing = (['topology', 'resources', 'settings'] as const).filter((part) => old[part] !== now[part]);
      assert.equal(differing.length, machine.includes(String(path[0])) ? 0 : 1, `${path.join('.')}: ${differing.join(' ')}`);
      if (path[0] === 'addresses') assert.deepEqual(differing, ['resources']);
      if (path[0] === 'nodes' || path[0] === 'networks' || path[0] === 'voters') assert.deepEqual(differing, ['topology']);
      if (path[0] === 'heartbeat') assert.deepEqual(differing, ['settings']);
    }
  });

  it('are the same for what means the same', () => {
    const one = sample(ADDRESSES);
    const other = parsed(`
# The same, in other words.
cluster: demo
key_file: elsewhere.keys
state_directory: /srv/state
networks: [{name: a, paths: [udp]}, {name: b}]
heartbeat: {timeout: 1000ms, packets: 10}
nodes:
  - {name: node3, id: 3, interfaces: {b: eth1, a: eth0}}
  - {name: node1, id: 1, interfaces: {a: eth0, b: eth1}}
  - {name: node2, id: 2, interfaces: {a: eth0, b: eth1}}
addresses: [{address: FD00:0:0::100/64, network: b}, {address: 10.77.0.100/24}]
`);
    assert.deepEqual(checksumsOf(other), checksumsOf(one));
    assert.deepEqual(planOf(one, other).differs, ['machine']);
  });
});

describe('the plan of a change', () => {
  const before = sample(ADDRESSES);
  const after = parsed(`
cluster: demo
key_file: demo.keys
networks: [{name: a}, {name: c}]
heartbeat: {timeout: 500ms}
nodes:
  - {name: node1, id: 1, interfaces: {a: eth0, c: eth1}}
  - {name: node2, id: 2, interfaces: {a: eth5, c: eth1}, preferred_role: manager}
  - {name: node4, id: 4, interfaces: {a: eth0}}
addresses: [{address: 10.77.0.100/24}, {address: 10.77.0.101/24}]
`);

  it('is empty between equals', () => {
    const plan = planOf(before, sample(ADDRESSES));
    assert.deepEqual([plan.differs, plan.steps], [[], []]);
    assert.equal(planText(plan), 'No difference.');
  });

  it('names each step, topology before resources, and what is not touched', () => {
    const plan = planOf(before, after);
    assert.deepEqual(plan.differs, ['topology', 'resources', 'settings']);
    assert.equal(
      planText(plan),
      `\
topology   add          adapter of node1 on c
topology   add          adapter of node2 on c
topology   add          adapter of node4 on a
topology   add          network c
topology   add          node node4 (id 4)
topology   add          voter node4
topology   change       adapter of node2 on a: interface eth0 -> eth5
topology   change       standby_network: b -> c
topology   change       node node2 (id 2): preferred_role none -> manager
topology   set offline  adapter of node1 on b
topology   set offline  adapter of node2 on b
topology   set offline  adapter of node3 on a
topology   set offline  adapter of node3 on b
topology   set offline  network b
topology   set offline  node node3 (id 3)
topology   set offline  voter node3
resources  release      address fd00::100/64
resources  acquire      address 10.77.0.101/24
settings   change       heartbeat.interval: 100ms -> 50ms
settings   change       heartbeat.timeout: 1s -> 500ms
unchanged: node node1 (id 1); network a; address 10.77.0.100/24; 3 others`,
    );
    assert.deepEqual(plan.steps.at(-1), {
      part: 'settings',
      action: 'change',
      kind: 'setting',
      name: 'heartbeat.timeout',
      changes: [{ field: 'value', from: '1s', to: '500ms' }],
    });
  });

  it('back again undoes every step', () => {
    const there = planOf(before, after).steps;
    const back = planOf(after, before).steps;
    const opposite = {
      add: 'set offline',
      'set offline': 'add',
      release: 'acquire',
      acquire: 'release',
      change: 'change',
      start: 'stop',
      stop: 'start',
      restart: 'restart',
    } as const;
    const told = (steps: typeof there, turn: boolean): string[] =>
      steps.map((step) => `${turn ? opposite[step.action] : step.action} ${step.kind} ${step.name}`).sort();
    assert.deepEqual(told(back, true), told(there, false));
  });

  it('a name with another id is another node; a link with another place is another to the wire', () => {
    const renumbered = parsed(MINIMAL.replace('id: 2', 'id: 9'));
    const steps = planOf(sample(), renumbered).steps.map((step) => `${step.action} ${step.kind} ${step.name}`);
    assert.ok(steps.includes('set offline node node2 (id 2)') && steps.includes('add node node2 (id 9)'), steps.join('\n'));
    const swapped = planOf(sample(), parsed(MINIMAL.replace('[{name: a}, {name: b}]', '[{name: b}, {name: a}]'))).steps;
    assert.ok(swapped.some((step) => step.kind === 'network' && step.changes.some(({ field }) => field === 'link')));
  });
});
