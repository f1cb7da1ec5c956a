// C17: what was set is written into a configuration, with all that people wrote left as it is.
import assert from 'node:assert/strict';
import { configurationWith, sameParameters, settingsIn, textWith } from '../../../lib/config/written-parameters.ts';
import { wholeDigestOf } from '../../../lib/config/versions/checksums.ts';
import { planOf } from '../../../lib/config/versions/plan.ts';
import { planText } from '../../../lib/config/versions/plan-text.ts';
import { NOTHING_SET, type ParameterSet } from '../../../lib/protocol/parameters/settings.ts';
import { MINIMAL, parsed, sample } from './samples.ts';

const set: ParameterSet = {
  version: 17n,
  settings: [
    { name: 'messages.send_window', node: 2, pair: null, value: 64 },
    { name: 'heartbeat.interval', node: null, pair: null, value: 50_000 },
    { name: 'messages.retry_time_max', node: null, pair: null, value: 7000 },
    { name: 'heartbeat.receive_send_ratio', node: null, pair: [1, 3], value: 1.5 },
  ],
};
const SECTION = `# Set while the cluster ran; \`heartwire parameters set\` changes it.
parameters:
  - {name: heartbeat.interval, value: 50ms}
  - {name: heartbeat.receive_send_ratio, between: ["node1","node3"], value: 1.5}
  - {name: messages.retry_time_max, value: 7s}
  - {name: messages.send_window, node: "node2", value: 64}
`;

describe('parameters written into a configuration', () => {
  it('come last, and nothing else of the text changes; without them it is what it was', () => {
    const text = `${MINIMAL}# a comment\nheartbeat:   {interval: 20ms} # odd   spacing`;
    const written = configurationWith(parsed(text), set);
    assert.equal(written.text, `${text}\n${SECTION}`);
    assert.equal(textWith(written.text, []), `${text}\n`);
    assert.equal(configurationWith(written, set).text, written.text);
    assert.equal(configurationWith(parsed(written.text), NOTHING_SET).text, `${text}\n`);
  });

  it('replace an older section wherever it is, and leave what stands around it', () => {
    const [before, after] = [`cluster: demo # the first line\n`, `${MINIMAL.replace('cluster: demo\n', '')}# the last line\n`];
    const older = [
      `${before}parameters:\n  - {name: messages.send_window, value: 8} # a remark\n${after}`,
      `${before}parameters: [{name: messages.send_window, value: 8}]\n${after}`,
      `${before}parameters:\n  - name: messages.send_window\n    value: 8\n${after}`,
      `${before}parameters: []\n${after}`,
    ];
    for (const text of older) assert.equal(textWith(text, []), before + after, text);
    assert.equal(configurationWith(parsed(older[0] ?? ''), set).text, before + after + SECTION);
  });

  it('are written into a file that takes no further lines, too', () => {
    const { cluster, networks, nodes } = { cluster: 'demo', networks: [{ name: 'a' }], nodes: [1, 2, 3] };
    const json = JSON.stringify({
      ...{ cluster, networks, key_file: 'demo.keys' },
      nodes: nodes.map((id) => ({ name: `node${id}`, id, interfaces: { a: 'eth0' } })),
    });
    const indented = MINIMAL.trim()
      .split('\n')
      .map((line) => `  ${line}\n`)
      .join('');
    for (const text of [json, indented, `---${MINIMAL}...\n`]) {
      const written = configurationWith(parsed(text), set);
      const { text: __, ...read } = parsed(written.text);
      const { text: _, ...wanted } = written;
      assert.deepEqual(read, wanted, text);
      assert.deepEqual(parsed(textWith(written.text, [])).parameters, []);
    }
  });

  it('are read again as they were set, for whom they were set', () => {
    const read = parsed(configurationWith(sample(), set).text);
    const byName = (settings: ParameterSet['settings']) => settings.toSorted((left, right) => left.name.localeCompare(right.name));
    assert.deepEqual(byName(settingsIn(read)), byName(set.settings));
    assert.equal(wholeDigestOf(read), wholeDigestOf(configurationWith(sample(), set)));
    assert.notEqual(wholeDigestOf(read), wholeDigestOf(sample()));
  });

  it('have the same digest in whatever order they were set, and are the same set', () => {
    const turned = { ...set, settings: set.settings.toReversed() };
    const [one, other] = [configurationWith(sample(), set), configurationWith(sample(), turned)];
    assert.deepEqual([one.text, wholeDigestOf(one)], [other.text, wholeDigestOf(other)]);
    assert.ok(sameParameters(one.parameters, other.parameters.toReversed()));
    assert.ok(!sameParameters(one.parameters, one.parameters.slice(1)));
  });

  it('of a node that the configuration does not have are left out', () => {
    const gone = { version: 18n, settings: [{ name: 'messages.send_window', node: 9, pair: null, value: 64 }] } as const;
    assert.equal(configurationWith(sample(), gone).text, MINIMAL);
  });

  it('are differences between configurations that name them', () => {
    const other = { version: 18n, settings: [{ name: 'heartbeat.interval', node: null, pair: null, value: 60_000 }] } as const;
    const plan = planOf(configurationWith(sample(), set), configurationWith(sample(), other));
    assert.deepEqual(plan.differs, ['parameters']);
    assert.match(
      planText(plan),
      /^parameters {2}change {2}parameter heartbeat\.interval: 50ms -> 60ms\n[^]*parameter messages\.send_window of node2: 64 -> none\n/,
    );
  });
});
