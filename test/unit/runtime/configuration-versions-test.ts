// The default, the temporary and the active configuration of a node: what an edit, a start and a change do to each, what is
// refused, and what a crash in the middle leaves.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterConfig } from '../../../lib/config/config.ts';
import { ConfigurationVersions } from '../../../lib/runtime/configuration-versions.ts';
import { sample } from '../config/samples.ts';

const withAddress = (last: number): ClusterConfig => sample(`addresses: [{address: 10.77.0.${last}/24}]\n`);

describe('configuration versions', () => {
  let folder = '';
  const open = (): ConfigurationVersions => ConfigurationVersions.open(folder);
  const file = (...names: string[]): string => join(folder, 'configuration', ...names);
  const standing = (versions: ConfigurationVersions) => [versions.default?.version, versions.temporary?.version, versions.active?.version];

  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'heartwire-versions-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('begin with none, and opening makes nothing', () => {
    assert.deepEqual(standing(open()), [undefined, undefined, undefined]);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('a start copies what it was given: a new version only where it differs (R1)', () => {
    assert.equal(open().start(withAddress(1), 1000), 1);
    assert.equal(open().start({ ...withAddress(1), stateDirectory: '/elsewhere' }, 2000), 1);
    assert.equal(open().read(1).stateDirectory, '/elsewhere', 'what a machine has for itself is kept, and makes no version');
    assert.equal(open().start(withAddress(2), 3000), 2);
    const versions = open();
    assert.deepEqual(standing(versions), [2, undefined, 2]);
    assert.deepEqual(versions.activated, [
      { version: 1, atMs: 1000, parameters: null },
      { version: 2, atMs: 3000, parameters: null },
    ]);
    assert.deepEqual([versions.read(1).addresses, versions.read(2)], [withAddress(1).addresses, withAddress(2)]);
  });

  it('history says which parameters ran with a version, and from when on; a version that comes later runs with them (C17)', () => {
    const [none, some] = ['0', '1'].map((digit) => ({ version: `${digit}.0`, checksum: digit.repeat(64) }));
    assert.ok(none !== undefined && some !== undefined);
    open().noteParameters(none, 500);
    assert.deepEqual(open().activated, [], 'nothing has run yet');
    open().start(withAddress(1), 1000);
    open().noteParameters(none, 1500);
    open().noteParameters(none, 2000);
    open().noteParameters(some, 3000);
    open().start(withAddress(2), 4000);
    assert.deepEqual(open().activated, [
      { version: 1, atMs: 1000, parameters: none },
      { version: 1, atMs: 3000, parameters: some },
      { version: 2, atMs: 4000, parameters: some },
    ]);
    assert.deepEqual(
      open().history.map(({ version, parameters }) => [version, parameters?.version]),
      [
        [1, '0.0'],
        [1, '1.0'],
        [2, '1.0'],
      ],
    );
  });

  it('an edit changes the default one alone; one of an old version is refused, with the difference (R2)', () => {
    open().start(withAddress(1), 1000);
    assert.equal(open().edit(1, withAddress(1), 2000), 1, 'nothing differs');
    assert.equal(open().edit(1, withAddress(2), 2000), 2);
    assert.deepEqual(standing(open()), [2, undefined, 1]);
    assert.throws(() => open().edit(1, withAddress(3), 3000), {
      code: 'HW_CONFIG_STALE',
      message: /from version 1 .* version 2 by now[^]*release {2}address 10\.77\.0\.3\/24\n.*acquire {2}address 10\.77\.0\.2\/24/,
    });
    assert.deepEqual([standing(open()), existsSync(file('3.json'))], [[2, undefined, 1], false], 'a refusal changes nothing');
  });

  it('a change goes by the temporary one; one at a time (R3, R5)', () => {
    open().start(withAddress(1), 1000);
    open().edit(1, withAddress(2), 2000);
    assert.equal(open().prepare('3.17'), 2);
    open().edit(2, withAddress(3), 2500);
    assert.deepEqual(standing(open()), [3, 2, 1], 'an edit meanwhile does not reach the change');
    assert.throws(() => open().prepare('3.18'), { code: 'HW_REFUSED', message: /3\.17 has not ended/ });
    open().adopt('3.16', 2600);
    open().discard('3.16');
    assert.deepEqual(standing(open()), [3, 2, 1], 'the end of another change is none of its business');
    open().adopt('3.17', 3000);
    open().adopt('3.17', 4000);
    assert.deepEqual([standing(open()), open().activated.length], [[3, undefined, 2], 2]);
    assert.equal(open().prepare('3.19'), 3);
    open().discard('3.19');
    assert.deepEqual(standing(open()), [3, undefined, 2], 'an abort leaves the active one');
  });

  it('what the cluster has agreed on outlives a start with the same file, and not one with another (R1, R7)', () => {
    open().start(withAddress(1), 1000);
    open().keepAgreed(17n, 2, withAddress(2), 2000);
    assert.equal(open().start(withAddress(1), 2500), 1, 'an edit is not what runs');
    assert.deepEqual([standing(open()), open().agreed], [[2, undefined, 1], { default: 17n, active: 0n, seen: 17n }]);
    open().prepare('3.18');
    open().adopt('3.18', 3000, 18n, 4);
    assert.deepEqual([open().start(withAddress(1), 4000), open().voterSet, open().agreed.active], [2, 4, 18n]);
    assert.equal(open().activated.length, 2, 'nothing else became active');
    open().adoptAgreed(30n, 5, withAddress(5), 5000, 5);
    assert.deepEqual([standing(open()), open().voterSet, open().versionMax], [[2, undefined, 5], 5, 5]);
    assert.equal(open().start(withAddress(9), 6000), 6);
    assert.deepEqual([open().agreed, open().voterSet], [{ default: 0n, active: 0n, seen: 30n }, 1]);
  });

  it('a number that meant another configuration here takes the meaning that the cluster agreed on', () => {
    open().start(withAddress(1), 1000);
    open().start(withAddress(2), 2000);
    open().adoptAgreed(17n, 1, withAddress(8), 3000);
    assert.deepEqual(open().read(1), withAddress(8));
    assert.deepEqual(
      open().activated.map(({ version }) => version),
      [2, 1],
    );
  });

  it('nobody prepares what is not there', () => assert.throws(() => open().prepare('1.1'), { code: 'HW_REFUSED' }));

  it('a crash between two files leaves the state before, and doing it again gets there', () => {
    open().start(withAddress(1), 1000);
    const before = readFileSync(file('versions.json'), 'utf8');
    open().edit(1, withAddress(2), 2000);
    writeFileSync(file('versions.json'), before);
    writeFileSync(file('versions.json.new'), '{"format":');
    assert.deepEqual(standing(open()), [1, undefined, 1]);
    assert.equal(open().edit(1, withAddress(3), 3000), 2);
    assert.deepEqual(open().read(2), withAddress(3));
  });

  it('keeps what something names, and no more', () => {
    open().start(withAddress(1), 1000);
    for (let edit = 1; edit < 10; edit += 1) open().edit(edit, withAddress(edit + 1), 1000);
    assert.deepEqual(readdirSync(file()).sort(), ['1.json', '10.json', 'versions.json']);
    for (let start = 11; start < 80; start += 1) open().start(withAddress(start), start);
    assert.deepEqual([open().activated.length, readdirSync(file()).length], [50, 51]);
    assert.deepEqual(open().read(open().activated[0]?.version ?? 0), withAddress(30));
  });

  it('a damaged, edited or foreign file is told of, and a start does not need the old ones', () => {
    open().start(withAddress(1), 1000);
    const text = readFileSync(file('1.json'), 'utf8');
    for (const [damaged, reason] of [
      [text.replace('10.77.0.1/', '10.77.0.9/'), /its checksum is wrong/],
      [text.slice(0, -20), /JSON/],
      [text.replace('"format":5', '"format":6'), /another release of Heartwire wrote it \(format 6\); move the folder away/],
    ] as const) {
      writeFileSync(file('1.json'), damaged);
      assert.throws(() => open().read(1), { code: 'HW_STATE_DIRECTORY', message: reason, place: file('1.json') });
    }
    rmSync(file('1.json'));
    assert.throws(() => open().read(1), { code: 'HW_STATE_DIRECTORY', message: /version 1 of the configuration is not there/ });
    assert.equal(open().start(withAddress(2), 2000), 2);
    writeFileSync(file('versions.json'), '{"format":6}');
    assert.throws(open, { code: 'HW_STATE_DIRECTORY', message: /another release/, place: file('versions.json') });
    cpSync(file('2.json'), file('versions.json'));
    assert.throws(open, { code: 'HW_STATE_DIRECTORY', place: file('versions.json') });
  });
});
