// A comparison that is measured in parts goes on where it was, and never mixes machines.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doneBefore, joined, measuredBefore } from '../../../bench/failover/parts.ts';
import type { Run } from '../../../bench/failover/measure.ts';
import { partLine } from '../../../bench/support/parts.ts';
import { machineFacts } from '../../../bench/support/machine.ts';

describe('a failover bench in parts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heartwire-parts-'));
  const path = join(folder, 'failover');
  const machine = machineFacts();
  const run = (system: string, fault: string): Run => ({ system, fault }) as Run;
  const written = (parts: unknown, runs: unknown): void => writeFileSync(`${path}.json`, JSON.stringify({ parts, runs }));
  after(() => rmSync(folder, { recursive: true }));

  it('begins with nothing, and goes on after the runs that are there', () => {
    assert.deepEqual(measuredBefore(path, machine), { parts: [], runs: [] });
    written([{ machine, runs: 2 }], [run('a', 'silent'), run('b', 'silent')]);
    const { runs } = measuredBefore(path, machine);
    assert.equal(doneBefore(runs, 'silent', 'a'), 1);
    assert.equal(doneBefore(runs, 'daemon killed', 'a'), 0);
  });

  it('puts no figures of another machine beside its own, and reads no other file', () => {
    written([{ machine: { ...machine, cores: machine.cores + 1 }, runs: 1 }], [run('a', 'silent')]);
    assert.throws(() => measuredBefore(path, machine), /another machine/);
    written(undefined, []);
    assert.throws(() => measuredBefore(path, machine), /not a result/);
  });

  it('joins what was measured by itself, and misses no file silently', () => {
    written([{ machine, runs: 1, version: 'abc' }], [run('a', 'silent')]);
    assert.deepEqual(joined([], machine), { parts: [], runs: [] });
    assert.equal(joined([path, path], machine).runs.length, 2);
    assert.match(joined([path], machine).parts.map(partLine).join(), /Version abc\.$/);
    written([], []);
    assert.deepEqual(joined([path], machine).runs, [], 'interrupted before its first run');
    assert.throws(() => joined([path, `${path}-other`], machine), /failover-other.json is not there/);
  });
});
