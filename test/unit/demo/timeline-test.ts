// The demo's time line: each piece of news once, from the node that knows best, in the order of one clock.
import assert from 'node:assert/strict';
import type { HeartwireEvent } from '../../../lib/api/event.ts';
import { clientMoments, eventMoments, inOrder } from '../../../lib/demo/timeline.ts';
import { longestGapNs, ownerChanges, type ClientSummary } from '../../../lib/demo/vip-client.ts';

const name = (node: number): string => `node${node}`;

function event(kind: HeartwireEvent['event'], atMs: number, node: number, details: HeartwireEvent['details'] = {}): HeartwireEvent {
  return { event: kind, time: '', atMs, node, memberId: node, description: null, details };
}

describe('the time line of the demo', () => {
  it('quotes the node that an event is about, and nobody else', () => {
    const takeover = event('address-acquired', 12, 2, { address: '10.1.0.100/24' });
    const reports = [
      { reporter: 3, event: event('new-manager', 14, 2) },
      { reporter: 2, event: event('new-manager', 13, 2) },
      { reporter: 2, event: takeover },
    ];
    assert.deepEqual(eventMoments(reports, name), [
      { atMs: 12, who: 'node2', what: 'has the votes of a majority, holds 10.1.0.100/24' },
      { atMs: 13, who: 'node2', what: 'manages the cluster' },
    ]);
  });

  it('tells the same news of the same node once, the first time', () => {
    const down = (atMs: number): HeartwireEvent => event('link-down', atMs, 3, { link: 'a udp net0', peer: 1 });
    const moments = eventMoments(
      [
        { reporter: 3, event: down(9) },
        { reporter: 3, event: down(8) },
      ],
      name,
    );
    assert.deepEqual(moments, [{ atMs: 8, who: 'node3', what: 'hears node1 no more on link a udp net0' }]);
  });

  it('tells when the client lost its owner and found the next one', () => {
    const changes = [
      { event: 'answering', node: 1, atNs: 1e6, before: null, gapNs: null },
      { event: 'answering', node: 2, atNs: 40e6, before: 1, gapNs: 30e6 },
    ] as const;
    assert.deepEqual(
      clientMoments(changes, name).map(({ atMs, what }) => [atMs, what]),
      [
        [1, 'first answer from node1'],
        [10, 'last answer from node1'],
        [40, 'first answer from node2'],
      ],
    );
  });

  it('puts all in order of time', () => {
    const at = (atMs: number): { atMs: number; who: string; what: string } => ({ atMs, who: '', what: '' });
    assert.deepEqual(
      inOrder([at(3), at(1)], [at(2)]).map(({ atMs }) => atMs),
      [1, 2, 3],
    );
  });
});

describe('what a client of the address saw', () => {
  const run = (node: number, firstNs: number, lastNs: number): ClientSummary['runs'][number] => ({
    node,
    answers: 1,
    firstNs,
    lastNs,
    saidNs: lastNs,
  });
  const summary: ClientSummary = {
    sent: 9,
    sendErrors: 0,
    answered: 9,
    lateNsMax: 0,
    runs: [run(1, 0, 10), run(1, 17, 20), run(2, 25, 30)],
  };

  it('counts a change of owner only where the owner changed', () => {
    assert.deepEqual(ownerChanges(summary), [{ from: 1, to: 2, gapNs: 5, atNs: 25 }]);
  });

  it('does not count an answer that was given in time and came late', () => {
    const late = { ...run(1, 27, 28), saidNs: 24 };
    const queued = { ...summary, runs: [...summary.runs.slice(0, 2), run(2, 25, 26), late, run(2, 29, 30)] };
    assert.deepEqual(ownerChanges(queued), [{ from: 1, to: 2, gapNs: 5, atNs: 25 }]);
    const wrong = { ...queued, runs: queued.runs.map((each) => (each === late ? { ...each, saidNs: 26 } : each)) };
    assert.equal(ownerChanges(wrong).length, 3);
  });

  it('finds the longest time without an answer, whoever gave it', () => {
    assert.equal(longestGapNs(summary), 7);
  });
});
