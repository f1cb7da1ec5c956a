// `heartwire progress` and `heartwire why` as text, and what becomes of a daemon that does not answer.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyOf } from '../../../lib/api/why.ts';
import { progressScreen } from '../../../lib/cli/commands/progress.ts';
import { whyScreen } from '../../../lib/cli/commands/why.ts';
import { plain } from '../../../lib/cli/output.ts';
import { matchGolden } from '../support/golden.ts';
import { progress, protocol } from '../support/progress.ts';
import { healthyStatus, troubledStatus } from '../support/statuses.ts';
import { heartwire } from './command-line.ts';

describe('why and progress', function () {
  this.timeout(60_000);
  const told = {
    ...progress([protocol(), { ...protocol(), protocol: '7.42', waitsFor: 'its turn in the order', members: [], leftOut: [] }]),
    lastAcks: [{ node: 2, protocol: '7.41', kind: 'commit', round: 0, ok: true, atMs: 999_001.5 }],
    notOpened: [{ kind: 'commit', nodes: [2], sinceMs: 990_000 }],
    waiting: [{ what: 'standing orders of epoch 8', nodes: [2, 3], sinceMs: 998_500 }],
  };

  it('progress of a member that answers itself, and of one that is blocked', () => {
    const itself = progressScreen({ node: 1, ageMs: 0, isLate: false, progress: told }, plain);
    const blocked = progressScreen({ node: 1, ageMs: 61_000, isLate: true, progress: progress([]) }, plain);
    const silent = progressScreen({ node: 2, ageMs: 0, isLate: false, progress: null }, plain);
    matchGolden(`${[itself, blocked, silent].join('\n\n')}\n`, 'cli', 'golden', 'progress.txt');
  });

  it('why: everything that is awaited, and the paths to it', () => {
    const nothing = whyScreen(whyOf(healthyStatus(), progress([])), plain);
    const { waiting, ...rest } = told;
    const much = whyScreen(whyOf(troubledStatus(), { ...rest, waiting }), plain);
    matchGolden(`${nothing}\n\n${much}\n`, 'cli', 'golden', 'why.txt');
  });

  it('a daemon that does not answer: says so, and where else to ask', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heartwire-silent-'));
    const socket = join(folder, 'silent.sock');
    const server = createServer((connection) => connection.on('error', () => undefined));
    await new Promise<void>((resolve) => void server.listen(socket, resolve));
    try {
      const results = await Promise.all(['why', 'progress', 'status'].map((command) => heartwire(command, '--json', '--socket', socket)));
      for (const { code, stdout } of results) {
        const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
        assert.deepEqual([code, error.code], [3, 'HW_DAEMON_SILENT']);
        assert.match(error.hint, /heartwire progress --node NAME/);
      }
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });
});
