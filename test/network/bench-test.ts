// A bench that nobody runs for a month must still run: the short forms, from the command to what they write.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

function shortForm(name: string): { rows: Record<string, unknown>[]; markdown: string } {
  const directory = mkdtempSync(join(tmpdir(), 'heartwire-bench-'));
  try {
    const program = fileURLToPath(new URL(`../../bench/${name}.js`, import.meta.url));
    const out = join(directory, name);
    const { status, stderr } = spawnSync(process.execPath, [program, '--short', '--out', out], { encoding: 'utf8', timeout: 120_000 });
    assert.equal(status, 0, stderr);
    const { rows } = JSON.parse(readFileSync(`${out}.json`, 'utf8')) as { rows: Record<string, unknown>[] };
    return { rows, markdown: readFileSync(`${out}.md`, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('network: short forms of benches', () => {
  it('bench:messages measures every system with and without loss', () => {
    const { rows, markdown } = shortForm('messages');
    const cells = rows.map(({ system, lossPercent, bytes }) => `${system}, ${lossPercent} %, ${bytes} B`);
    for (const system of ['Heartwire, two networks', 'Heartwire, one network', 'TCP (node:net)'])
      for (const lossPercent of [0, 5])
        for (const bytes of [64, 65_536]) assert.ok(cells.includes(`${system}, ${lossPercent} %, ${bytes} B`), cells.join('; '));
    for (const row of rows) assert.ok(Number(row['medianUs']) > 0 && Number(row['messagesPerSecond']) > 0, JSON.stringify(row));
    assert.match(markdown, /5 % \| 4 \| 65536/);
  });

  it('bench:native measures every call', () => {
    const { rows } = shortForm('native');
    assert.ok(rows.length >= 16, `${rows.length} calls`);
    for (const row of rows) assert.ok(Number(row['ns']) > 0, JSON.stringify(row));
  });
});
