// What people see, as text.
import assert from 'node:assert/strict';
import { assess } from '../../../lib/api/status.ts';
import type { HeartwireEvent } from '../../../lib/api/event.ts';
import { eventLine } from '../../../lib/cli/event-line.ts';
import { errorText, paintFor, plain } from '../../../lib/cli/output.ts';
import { statusScreen } from '../../../lib/cli/status-screen.ts';
import { HeartwireError } from '../../../lib/errors.ts';
import { matchGolden } from '../support/golden.ts';
import { healthyStatus, troubledStatus } from '../support/statuses.ts';

describe('screens', () => {
  it('status of a healthy cluster', () => matchGolden(`${statusScreen(assess(healthyStatus()))}\n`, 'cli', 'golden', 'status-healthy.txt'));

  it('status of a cluster in trouble', () =>
    matchGolden(`${statusScreen(assess(troubledStatus()))}\n`, 'cli', 'golden', 'status-troubled.txt'));

  it('status of a node that has just started', () => {
    const status = healthyStatus();
    const fresh = {
      ...status,
      self: { ...status.self, role: 'unmanaged' as const, memberId: null },
      manager: null,
      standby: null,
      epoch: null,
      quorum: { ...status.quorum, present: 1, quorate: null, ordersInstalled: null },
      standbyNetwork: null,
      nodes: status.nodes.map((node) => ({
        ...node,
        memberId: null,
        role: node.node === 1 ? ('unmanaged' as const) : null,
        state: node.node === 1 ? ('unmanaged' as const) : ('absent' as const),
      })),
      links: status.links.map((link) => ({ ...link, peers: [] })),
      addresses: [],
    };
    matchGolden(`${statusScreen(assess(fresh))}\n`, 'cli', 'golden', 'status-fresh.txt');
  });

  it('status says how long the vote of a node is silent after its start', () => {
    const status = healthyStatus();
    const text = statusScreen(assess({ ...status, quorum: { ...status.quorum, silentUntilMs: status.nowMs + 1500 } }));
    assert.match(text, /this node +node1 \(id 1\), manager, votes: silent for 1\.5s after its start/);
    assert.doesNotMatch(statusScreen(assess(status)), /silent/);
  });

  it('status of two nodes and a witness', () => {
    const status = healthyStatus();
    const lineOf = (witness: NonNullable<typeof status.quorum.witness>): string =>
      statusScreen(assess({ ...status, nowMs: 5000, quorum: { ...status.quorum, policy: 'witness', witness } }))
        .split('\n')
        .find((line) => line.startsWith('witness')) ?? '';
    assert.equal(lineOf({ node: 3, heard: true, askedMs: null, holds: null }), 'witness    node3, heard');
    assert.equal(
      lineOf({ node: 3, heard: false, askedMs: 4000, holds: 1 }),
      'witness    node3, not heard, last needed 1s ago, holds for node1',
    );
  });

  it('status of two nodes and a shared disk', () => {
    const status = healthyStatus();
    const disk = { device: '/dev/sdx', error: null, worstIoMs: 12.34, askedMs: 3000, holds: true };
    const text = statusScreen(assess({ ...status, nowMs: 5000, quorum: { ...status.quorum, policy: 'disk', voters: [1, 2], disk } }));
    assert.match(text, /^disk {7}\/dev\/sdx, ready, slowest I\/O 12\.3 ms, last needed 2s ago, holds for this node$/m);
  });

  it('colours change no letter', () => {
    const colour = paintFor({ isTTY: true }, {});
    const painted = statusScreen(assess(troubledStatus()), colour);
    assert.match(painted, /\u001b\[31m/);
    assert.equal(painted.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, ''), statusScreen(assess(troubledStatus()), plain));
  });

  it('are plain on what is no terminal, and with NO_COLOR', () => {
    assert.equal(paintFor({}, {})('red', 'x'), 'x');
    assert.equal(paintFor({ isTTY: true }, { NO_COLOR: '1' })('red', 'x'), 'x');
    assert.equal(paintFor({ isTTY: true }, { NO_COLOR: '' })('red', 'x'), '\u001b[31mx\u001b[39m');
  });

  it('events, one a line', () => {
    const event: HeartwireEvent = {
      event: 'new-manager',
      time: '2026-11-20T19:52:01.123Z',
      atMs: 1,
      node: 2,
      memberId: 2,
      description: null,
      details: { epoch: 8, reason: 'node1 is silent', from: null },
    };
    assert.equal(
      eventLine(event, () => 'node2', plain),
      '2026-11-20T19:52:01.123Z new-manager        node2 epoch=8 reason="node1 is silent" from=null',
    );
    assert.equal(
      eventLine({ ...event, details: {} }, () => null, plain),
      '2026-11-20T19:52:01.123Z new-manager        node 2',
    );
  });

  it('errors with place and way out', () => {
    assert.equal(
      errorText(HeartwireError.of('HW_KEY_FILE_MODE', { mode: '0644' }, { place: 'demo.keys' }), plain),
      'HW_KEY_FILE_MODE demo.keys: The key file can be read by others (mode 0644).\nWay out: chmod 600 FILE; if others may have read it, make a new key.',
    );
  });
});
