// The commands that change the configuration of a running cluster, as processes of their own.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINIMAL } from '../config/samples.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { withAway } from '../support/statuses.ts';
import { heartwire } from './command-line.ts';

describe('commands that change the configuration', function () {
  this.timeout(60_000);
  let fake: FakeCluster;
  let folder = '';
  const say = (...words: string[]) => heartwire(...words, '--socket', fake.socket);

  beforeEach(async () => {
    fake = await FakeCluster.join();
    folder = mkdtempSync(join(tmpdir(), 'heartwire-change-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await fake.close();
  });

  it('config edit: shows the difference and sends the text, with the version that it started from', async () => {
    const file = join(folder, 'new.yaml');
    writeFileSync(file, `${MINIMAL}addresses: [{address: 10.77.0.3/24}]\n`);
    const done = await say('config', 'edit', file);
    assert.equal(done.code, 0, done.stderr);
    assert.match(
      done.stdout,
      /^resources {2}release {2}address 10\.77\.0\.2\/24\nresources {2}acquire {2}address 10\.77\.0\.3\/24\n[^]*is version 3 on all nodes/,
    );
    assert.equal((await say('config', 'edit', '--base', '1', file, '--json')).code, 0);
    assert.deepEqual(
      fake.runtime.calls.filter((call) => call.startsWith('configuration')),
      [2, 1].map((base) => `configuration edit ${readFileSync(file, 'utf8').length} ${base}`),
    );
    writeFileSync(file, 'cluster: [');
    assert.match((await say('config', 'edit', file)).stderr, /^HW_CONFIG_SYNTAX/);
    const nobody = await say('config', 'edit');
    assert.deepEqual([nobody.code, /Without a terminal, name the file/.test(nobody.stderr)], [2, true]);
  });

  it('config edit and apply name who is away, and gets it later', async () => {
    fake.runtime.facts = withAway(3);
    const file = join(folder, 'new.yaml');
    writeFileSync(file, `${MINIMAL}addresses: [{address: 10.77.0.3/24}]\n`);
    const leftOut = /on all nodes that are here[^]*\nLeft out: node3, which is away and gets it when it is back\.\n$/;
    assert.match((await say('config', 'edit', file)).stdout, leftOut);
    assert.match((await say('config', 'apply', '--yes')).stdout, leftOut);
    const told = JSON.parse((await say('config', 'apply', '--yes', '--json')).stdout) as { leftOut: unknown };
    assert.deepEqual(told.leftOut, ['node3']);
  });

  it('config apply: shows the plan, wants a yes, and says what was done; diff and history of the daemon; sync and abort', async () => {
    const unsaid = await say('config', 'apply');
    assert.equal(unsaid.code, 2);
    assert.match(unsaid.stdout, /^from version 1, which runs, to version 2, the default one\n[^]*acquire {2}address 10\.77\.0\.2\/24/);
    assert.match(unsaid.stderr, /say --yes/);
    assert.match((await say('config', 'apply', '--yes')).stdout, /Version 2 is active on all nodes \(reconfiguration 3\.17\)/);
    const nothing = JSON.parse((await say('config', 'apply', '--yes', '--of', '9', '--json')).stdout) as { applied: boolean };
    assert.equal(nothing.applied, false);
    const { plan, ...report } = fake.runtime.configuration;
    fake.runtime.configuration = { ...report, plan: { ...plan, differs: [], steps: [] } };
    const same = await say('config', 'apply', '--of', '9');
    assert.deepEqual([same.code, same.stdout.split('\n').slice(-2)], [0, ['Nothing to do.', '']], 'nothing is asked');
    fake.runtime.configuration = { ...report, plan };
    assert.match((await say('config', 'diff')).stdout, /release {2}address 10\.77\.0\.1\/24/);
    assert.match((await say('config', 'history')).stdout, /\n {2}1 {8}2023-11-14T22:13:20\.000Z/);
    assert.match((await say('config', 'sync')).stdout, /version 3 on all nodes/);
    assert.match((await say('config', 'abort')).stdout, /reconfiguration 3\.17 is to be aborted/);
    assert.deepEqual(
      fake.runtime.calls.filter((call) => call.startsWith('configuration')),
      ['apply 2', 'apply 9', 'apply 9', 'sync', 'abort'].map((call) => `configuration ${call}`),
    );
  });
});
